import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadMigrations } from '../../src/schema/migrator.ts';
import { folderForTest } from '../support/servers/folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await folderForTest();
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);

describe('the migration files', () => {
  it('of the package are found from the sources, numbered without a gap', async () => {
    const files = await loadMigrations();
    expect(files.map((file) => file.number)).toEqual(files.map((_, index) => index + 1));
    expect(files[0]?.name).toBe('001_schema_2_0.sql');
  });

  it('come in the order of their numbers, not of their names', async () => {
    await write('10_later.sql', 'SELECT 2');
    await write('9_first.sql', 'SELECT 1');
    await write('notes.txt', 'no migration');
    const files = await loadMigrations(pathToFileURL(folder));
    expect(files.map((file) => file.name)).toEqual(['9_first.sql', '10_later.sql']);
  });

  it('have the same checksum with CRLF, LF and a byte order mark', async () => {
    await write('001_lf.sql', 'SELECT 1;\nSELECT 2;\n');
    await write('002_crlf.sql', '\uFEFFSELECT 1;\r\nSELECT 2;\r\n');
    await write('003_other.sql', 'SELECT 1;\nSELECT 3;\n');
    const [lf, crlf, other] = await loadMigrations(folder);
    expect(crlf?.checksum).toBe(lf?.checksum);
    expect(other?.checksum).not.toBe(lf?.checksum);
  });
});
