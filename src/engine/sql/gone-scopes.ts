import type { Db } from '../../db/connection.ts';
import { SCOPES } from '../scopes.ts';

/** Keys that have a document and are no scope any more; the next refresh that looks at all scopes deletes it. */
export async function goneScopes(sql: Db): Promise<string[]> {
  const rows = await sql.unsafe<{ key: string }[]>(`
    WITH ${SCOPES}
    SELECT cache_key AS key FROM dashboard_stats.documents WHERE cache_key NOT IN (SELECT key FROM scope)`);
  return rows.map(({ key }) => key);
}
