import type { MigrationFile } from '../migration-files.ts';

/**
 * The last statement of the migrations that begins with `beginning` at the start of a line, to the semicolon at the end
 * of one; of a function to the end of its body.
 */
export function statementFrom(files: readonly MigrationFile[], beginning: string): string {
  const text = files
    .map((file) => file.sql)
    .join('\n')
    .replaceAll('CREATE OR REPLACE FUNCTION', 'CREATE FUNCTION');
  const start = text.lastIndexOf(`\n${beginning}`) + 1;
  const end = beginning.startsWith('CREATE FUNCTION') ? 'END $$;\n' : ';\n';
  return text.slice(start, text.indexOf(end, start) + end.length).trimEnd();
}
