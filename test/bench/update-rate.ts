import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sql } from '../../src/db/connection.ts';

const CLIENTS = 8;
/** What the UPDATEs set. The first is the least that an UPDATE can cost, so that the triggers show most beside it. */
export const CHANGES = {
  'a column without an index, to what it was': '"ClientInfo" = "ClientInfo"',
  'status and progress': `"Status" = 1 + floor(random() * 5)::int, "CompletionPercentage" = random() * 100, "UpdatedAt" = now()`,
} as const;

/**
 * One-row UPDATEs of "Projects" per second, by eight clients of pgbench for so long.
 *
 * @throws where pgbench is neither on the PATH nor named by PGBENCH
 */
export async function updateRate(sql: Sql, url: string, set: string, seconds: number): Promise<number> {
  // pgbench has no arrays, so that a row is found by its place in a table of ids.
  await sql.unsafe(`
    CREATE TABLE IF NOT EXISTS bench_ids (n integer PRIMARY KEY, id uuid NOT NULL);
    INSERT INTO bench_ids SELECT row_number() OVER (), "ProjectId" FROM "Projects" LIMIT 10000 ON CONFLICT DO NOTHING`);
  const [{ count }] = await sql<[{ count: number }]>`SELECT count(*) FROM bench_ids`;
  const dir = await mkdtemp(join(tmpdir(), 'dashboard-stats-bench-'));
  try {
    const script = join(dir, 'update.sql');
    await writeFile(
      script,
      `\\set n random(1, ${count})
      UPDATE "Projects" SET ${set} WHERE "ProjectId" = (SELECT id FROM bench_ids WHERE n = :n);\n`,
    );
    const { stdout } = await promisify(execFile)(process.env['PGBENCH'] ?? 'pgbench', [
      ...['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(seconds), '-f', script, url],
    ]);
    const [, rate] = /tps = ([\d.]+)/.exec(stdout) ?? [];
    if (rate === undefined) throw new Error(`pgbench reported no rate: ${stdout}`);
    return Number(rate);
  } finally {
    await rm(dir, { recursive: true });
  }
}
