import { expect } from 'vitest';
import type { Sql } from '../../../src/db/connection.ts';
import { buildCells } from '../../../src/engine/build.ts';
import { type RefreshContext, refresh } from '../../../src/engine/refresh.ts';

/** For the engine on `sql`, with the settings that a node has by default. */
export const engineContext = (sql: Sql): RefreshContext => ({
  sql,
  timeZone: 'Asia/Bangkok',
  ttlSeconds: 300,
  engine: 'incremental',
});

/** Cells of all that there is, and the documents from them. */
export async function putCellsToUse(context: RefreshContext): Promise<void> {
  await refresh(context);
  expect(await buildCells(context)).toBe(true);
  await refresh(context);
}
