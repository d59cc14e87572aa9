/**
 * Random edits of an application's database, each a plain object and one SQL statement. An edit names rows by their place
 * in the order of their ids, modulo how many there are, so that every list of edits is valid (one that finds nothing does
 * nothing) and any part of a failing list may be left out. Edits in transactions that overlap can fail as any
 * application's may (a row is locked, a serialization failure): writer.ts rolls those back.
 */
import fc, { type Arbitrary } from 'fast-check';
import type { Sql, Tx } from '../../../src/db/connection.ts';
import {
  activityValues,
  facilityTypeValues,
  projectValues,
  type Row,
  scopeValues,
  statusChangeValues,
  type ValueOptions,
} from './odd-values.ts';

const IDS = {
  Projects: 'ProjectId',
  ProjectActivityFeed: 'ActivityId',
  ProjectStatusHistory: 'StatusHistoryId',
  ProjectRegions: 'RegionId',
  WaterFacilityTypes: 'FacilityTypeId',
} as const;
type Table = keyof typeof IDS;
export type Edit =
  /** Rows whose id is taken are left out; rows of the feed and the history go to project number `project`. */
  | { do: 'insert'; table: Table; rows: Row[]; project?: number }
  /** Row number `at`, or every nth row; with `project` the row of the feed or the history moves to that project. */
  | ({ do: 'update'; table: Table; set: Row; project?: number } & ({ at: number } | { every: number }))
  | { do: 'delete'; table: Table; at: number }
  /** Another ProjectId for project number `at` of those that nothing refers to (the guide's keys do not cascade updates). */
  | { do: 'renumber'; at: number; id: string }
  /** CASCADE. */
  | { do: 'truncate'; table: 'Projects' | 'ProjectActivityFeed' | 'ProjectStatusHistory' };

/** What NOT NULL asks for and no figure looks at. */
const FILLERS: Record<Table, Row> = {
  Projects: { ProjectName: 'p', Address: 'a', ClientInfo: 'c' },
  ProjectActivityFeed: {
    ActivityType: 'updated',
    EntityType: 'project',
    EntityId: '00000000-0000-4000-8000-000000000000',
    Title: 't',
    Description: 'd',
  },
  ProjectStatusHistory: { OldStatus: '0', NewStatus: '1' },
  ProjectRegions: { RegionDisplayName: 'r' },
  WaterFacilityTypes: { FacilityDisplayName: 'f' },
};

/** Ids before, between and behind the guide's. */
const id = fc
  .tuple(fc.constantFrom('0', '2', 'b', 'f'), fc.nat(0xffff_ffff))
  .map(([first, n]) => `${first}0000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`);
const place = fc.nat(10_000);

/** One column changed, or several at once. */
function changes(values: Record<string, Arbitrary<string | boolean | null>>): Arbitrary<Row> {
  const single = Object.entries(values).map(([column, value]) => fc.record({ [column]: value }));
  const several = fc.record(values, { requiredKeys: [] }).filter((row) => Object.keys(row).length > 0);
  return fc
    .oneof({ weight: 3, arbitrary: fc.oneof(...single) }, { weight: 1, arbitrary: several })
    .map((row) => row as Row);
}

/** One edit. Apply them in their order with applyEdit. */
export function edits(options: ValueOptions): Arbitrary<Edit> {
  const columns: Record<Table, Record<string, Arbitrary<string | boolean | null>>> = {
    Projects: projectValues(options),
    ProjectActivityFeed: activityValues(options),
    ProjectStatusHistory: statusChangeValues(options),
    ProjectRegions: scopeValues(options, 'RegionName'),
    WaterFacilityTypes: facilityTypeValues(options),
  };
  const child = fc.constantFrom<Table>('ProjectActivityFeed', 'ProjectActivityFeed', 'ProjectStatusHistory');
  const scope = fc.constantFrom<Table>('ProjectRegions', 'WaterFacilityTypes');
  const project = fc.constant<Table>('Projects');

  const row = (table: Table) => fc.record({ [IDS[table]]: id, ...columns[table] });
  const insert = (tables: Arbitrary<Table>, most: number) =>
    tables.chain((table) => {
      const rows = fc.array(row(table), { minLength: 1, maxLength: most, size: 'max' });
      return fc.record({ do: fc.constant('insert' as const), table: fc.constant(table), rows });
    });
  const update = <W extends { at: number } | { every: number }>(
    tables: Arbitrary<Table>,
    which: Arbitrary<W>,
  ) =>
    fc
      .tuple(
        tables.chain((table) => fc.record({ table: fc.constant(table), set: changes(columns[table]) })),
        which,
      )
      .map(([edit, where]) => ({ do: 'update' as const, ...edit, ...where }));
  const one = fc.record({ at: place });
  const many = fc.record({ every: fc.integer({ min: 1, max: 4 }) });
  const remove = (table: Arbitrary<Table>) =>
    fc.record({ do: fc.constant('delete' as const), table, at: place });
  const into = <T extends object>(edit: Arbitrary<T>) =>
    fc.tuple(edit, place).map(([one, number]) => ({ ...one, project: number }));
  const truncated = fc.constantFrom('Projects', 'ProjectActivityFeed', 'ProjectStatusHistory');
  const truncate = fc.record({ do: fc.constant('truncate' as const), table: truncated }) as Arbitrary<Edit>;

  return fc.oneof(
    { weight: 20, arbitrary: insert(project, 4) },
    { weight: 50, arbitrary: update(project, one) },
    { weight: 5, arbitrary: update(project, many) },
    { weight: 8, arbitrary: remove(project) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('renumber' as const), at: place, id }) },
    { weight: 25, arbitrary: into(insert(child, 3)) },
    { weight: 12, arbitrary: update(child, one) },
    { weight: 6, arbitrary: into(update(child, one)) },
    { weight: 3, arbitrary: update(child, many) },
    { weight: 5, arbitrary: remove(child) },
    { weight: 5, arbitrary: insert(scope, 2) },
    { weight: 10, arbitrary: update(scope, one) },
    { weight: 2, arbitrary: remove(scope) },
    { weight: 1, arbitrary: truncate },
  );
}

/** The id of row number $n of the table. */
const idAt = (table: Table, n: string) => {
  const column = `"${IDS[table]}"`;
  return `(SELECT ${column} FROM "${table}" ORDER BY ${column} LIMIT 1
           OFFSET (${n}::text)::bigint % greatest(1, (SELECT count(*) FROM "${table}")))`;
};
/**
 * Carries out one edit, as one statement, on a pool or in a transaction; gives the number of rows touched.
 * Rows travel as JSON, so that each value is read by its column's own type, whatever that is in this database.
 */
export async function applyEdit(sql: Sql | Tx, edit: Edit): Promise<number> {
  const run = async (text: string, ...values: (string | number)[]) =>
    (await sql.unsafe(text, values.map(String))).count ?? 0;
  if (edit.do === 'truncate') return run(`TRUNCATE "${edit.table}" CASCADE`);
  if (edit.do === 'renumber') {
    const child = (table: string) =>
      `NOT EXISTS (SELECT FROM "${table}" c WHERE c."ProjectId" = p."ProjectId")`;
    const children = ['ProjectActivityFeed', 'ProjectStatusHistory', 'ProjectLocationHistory'];
    const free = [...children, 'ProjectRegionAssignments', 'ProjectFacilityAssignments']
      .map(child)
      .join(' AND ');
    return run(
      `UPDATE "Projects" SET "ProjectId" = ($2::text)::uuid
       WHERE NOT EXISTS (SELECT FROM "Projects" WHERE "ProjectId" = ($2::text)::uuid)
         AND "ProjectId" = (SELECT "ProjectId" FROM "Projects" p WHERE ${free} ORDER BY "ProjectId" LIMIT 1
             OFFSET ($1::text)::bigint % greatest(1, (SELECT count(*) FROM "Projects" p WHERE ${free})))`,
      edit.at,
      edit.id,
    );
  }
  const { table } = edit;
  const key = IDS[table];
  if (edit.do === 'delete')
    return run(`DELETE FROM "${table}" WHERE "${key}" = ${idAt(table, '$1')}`, edit.at);

  if (edit.do === 'insert') {
    const rows = edit.rows.map((row) => ({ ...FILLERS[table], ...row }));
    const columns = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`);
    const of = edit.project === undefined ? [] : ['"ProjectId"'];
    const join = `JOIN "Projects" p ON p."ProjectId" = ${idAt('Projects', '$2')}`;
    return run(
      `INSERT INTO "${table}" (${[...columns, ...of].join(', ')})
       SELECT ${[...columns.map((name) => `r.${name}`), ...of.map((name) => `p.${name}`)].join(', ')}
       FROM jsonb_populate_recordset(NULL::"${table}", ($1::text)::jsonb) r ${edit.project === undefined ? '' : join}
       ON CONFLICT ("${key}") DO NOTHING`,
      JSON.stringify(rows),
      ...(edit.project === undefined ? [] : [edit.project]),
    );
  }

  const columns = Object.keys(edit.set);
  const set = columns.map((name) => `"${name}" = r."${name}"`);
  const every = `IN (SELECT "${key}" FROM
      (SELECT "${key}", row_number() OVER (ORDER BY "${key}") n FROM "${table}") o WHERE n % ($2::text)::int = 0)`;
  const [where, which] = 'every' in edit ? [every, edit.every] : [`= ${idAt(table, '$2')}`, edit.at];
  const values = [JSON.stringify(edit.set), which, ...(edit.project === undefined ? [] : [edit.project])];
  if (edit.project !== undefined)
    set.push(`"ProjectId" = coalesce(${idAt('Projects', '$3')}, t."ProjectId")`);
  return run(
    `UPDATE "${table}" t SET ${set.join(', ')}
     FROM jsonb_populate_record(NULL::"${table}", ($1::text)::jsonb) r WHERE t."${key}" ${where}`,
    ...values,
  );
}
