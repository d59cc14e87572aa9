import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type Sql } from '../../src/db/connection.ts';

const CLIENTS = 8;
/** What the UPDATEs set. The first is the least that an UPDATE can cost, so that the triggers show most beside it. */
export const CHANGES = {
  'a column without an index, to what it was': '"ClientInfo" = "ClientInfo"',
  'status and progress': `"Status" = 1 + floor(random() * 5)::int, "CompletionPercentage" = random() * 100, "UpdatedAt" = now()`,
} as const;

/**
 * One-row UPDATEs of "Projects" per second, by eight clients for so long: by pgbench where it is on the PATH (or named
 * by PGBENCH), else by a loop of our own, which loads the machine more and so shows the triggers less.
 */
export async function updateRate(sql: Sql, url: string, set: string, seconds: number): Promise<number> {
  const update = (id: string) => `UPDATE "Projects" SET ${set} WHERE "ProjectId" = ${id}`;
  const rows = await sql<{ id: string }[]>`SELECT "ProjectId" AS id FROM "Projects" LIMIT 10000`;
  const ids = rows.map(({ id }) => id);
  return (await byPgbench(url, ids, update, seconds)) ?? (await byOwnLoop(url, ids, update, seconds));
}

type Update = (id: string) => string;

async function byPgbench(
  url: string,
  ids: string[],
  update: Update,
  seconds: number,
): Promise<number | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'dashboard-stats-bench-'));
  try {
    const script = join(dir, 'update.sql');
    // Demo ids need a list: pgbench has no arrays, so the row is found by its place in a table of ids.
    await prepareIds(url, ids);
    await writeFile(
      script,
      `\\set n random(1, ${ids.length})\n${update('(SELECT id FROM bench_ids WHERE n = :n)')};\n`,
    );
    const { stdout } = await promisify(execFile)(process.env['PGBENCH'] ?? 'pgbench', [
      ...['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(seconds), '-f', script, url],
    ]);
    const [, rate] = /tps = ([\d.]+)/.exec(stdout) ?? [];
    if (rate === undefined) throw new Error(`pgbench told no rate: ${stdout}`);
    return Number(rate);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function prepareIds(url: string, ids: string[]): Promise<void> {
  const sql = connect(url, { max: 1 });
  await sql`CREATE TABLE IF NOT EXISTS bench_ids (n integer PRIMARY KEY, id uuid NOT NULL)`;
  await sql`
    INSERT INTO bench_ids SELECT n, id FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS list (id, n) ON CONFLICT DO NOTHING`;
  await sql.end();
}

async function byOwnLoop(url: string, ids: string[], update: Update, seconds: number): Promise<number> {
  const sql = connect(url, { max: CLIENTS });
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const client = async (seed: number) => {
    for (let n = seed; performance.now() < end; n += 7919) {
      await sql.unsafe(update('$1'), [ids[n % ids.length] ?? ''], { prepare: true });
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i * 997)));
  await sql.end();
  return done / seconds;
}
