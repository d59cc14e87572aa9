/** The numbered SQL files that make up the schema. They are applied in order and never edited after they landed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationError } from '../errors.ts';

export interface MigrationFile {
  /** The leading digits of the file's name, and its place in the order. */
  number: number;
  /** The file's name, `002_projects_2_1.sql`. */
  name: string;
  /** SHA-256 of `sql` in hexadecimal. */
  checksum: string;
  /** The statements, with LF line ends and without a byte order mark. */
  sql: string;
}

/**
 * Reads the migrations of a folder, in order; default: the package's own `sql/`. That their numbers are unique and without a
 * gap is tested, not checked here.
 */
export async function loadMigrations(dir: string | URL = packageSqlFolder()): Promise<MigrationFile[]> {
  const folder = dir instanceof URL ? fileURLToPath(dir) : dir;
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  const files = await Promise.all(names.map((name) => readMigration(folder, name)));
  return files.sort((a, b) => a.number - b.number);
}

async function readMigration(folder: string, name: string): Promise<MigrationFile> {
  const text = await readFile(join(folder, name), 'utf8');
  // A checkout on Windows turns LF into CRLF: that is the same migration.
  const sql = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const checksum = createHash('sha256').update(sql).digest('hex');
  return { number: Number.parseInt(name, 10), name, checksum, sql };
}

/** Upwards from this module, because it runs from src/schema/ as well as from the bundle in dist/. */
function packageSqlFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) || !existsSync(join(folder, 'sql'))) {
    if (folder === dirname(folder)) {
      throw new MigrationError('No package folder with sql/ in it lies above the program.', {
        help: 'The installation is incomplete. Install the package again.',
      });
    }
    folder = dirname(folder);
  }
  return join(folder, 'sql');
}
