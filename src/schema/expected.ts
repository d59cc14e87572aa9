/**
 * What a migrated database must look like: expected.json, which is generated from sql/ (test/schema/expected.test.ts), and
 * how it may differ from that without a fault: the tables of schema 2.0 are the application's, and EF Core creates some
 * objects in its own way.
 */
import { FACT_COLUMNS } from '../engine/figures.ts';
import generated from './expected.json' with { type: 'json' };
import type { Column, Schema } from './schema-shape.ts';
import { readWritten, type WrittenSchema } from './written-schema.ts';

export const OWN_SCHEMA = 'dashboard_stats';

export interface Expected {
  /** What the migrations add to schema 2.0, or change in it. */
  application: Schema;
  /** The schema dashboard_stats without the table of migrations; the tables of cells are the engine's. */
  own: Schema;
  /** Rows of the guide, by table: the id, then the name, then the rest. A list must be part of the row's list. */
  seeds: Readonly<Record<string, readonly SeedRow[]>>;
}

export type SeedRow = Readonly<Record<string, string | readonly string[]>>;

const { application, own, seeds } = generated as unknown as {
  application: WrittenSchema;
  own: WrittenSchema;
  seeds: Expected['seeds'];
};
export const expected: Expected = { application: readWritten(application), own: readWritten(own), seeds };

function column(type: string, nullable: Column['nullable'], value: string | null = null): Column {
  return { type, nullable, default: value };
}

const KEY = column('uuid', false);
const USER = column('uuid', true);
const INVERTERS = column('integer or smallint or bigint', 'either', '0');
/** The longest name of a status has ten letters. */
const STATUS = column('integer or smallint or character varying(10)', 'either');
/** The statistics take whatever type it has. */
const READ = column('any type', 'either');

const added = expected.application.tables['Projects']?.columns ?? {};
const readOf20 = [
  ...FACT_COLUMNS.filter((name) => !(name in added)),
  ...['ProjectName', 'Address', 'Latitude', 'Longitude'],
];

/** The columns of schema 2.0 that keys, marks and statistics need; the others are not compared. */
const COLUMNS_OF_20: Readonly<Record<string, Readonly<Record<string, Column>>>> = {
  Users: { UserId: KEY },
  Projects: {
    ...Object.fromEntries(readOf20.map((name) => [name, READ])),
    ...{ ProjectId: KEY, Status: STATUS, ProjectManagerId: USER, CreatedById: USER },
    ...{
      Inverter125kw: INVERTERS,
      Inverter80kw: INVERTERS,
      Inverter60kw: INVERTERS,
      Inverter40kw: INVERTERS,
    },
  },
};

export const expectedApplication: Schema = {
  ...expected.application,
  tables: Object.fromEntries(
    Object.entries(expected.application.tables).map(([name, table]) => [
      name,
      { ...table, columns: { ...table.columns, ...COLUMNS_OF_20[name] } },
    ]),
  ),
};

/** The tables that the guide adds to schema 2.0, and the columns that it adds to "Projects". */
export const tablesAdded = Object.keys(expected.application.tables).filter((name) => !COLUMNS_OF_20[name]);
export const columnsAdded = Object.keys(added).filter((column) => !isOf20('Projects', column));

/** Whether schema 2.0 has the column, so that no step adds it. */
export function isOf20(table: string, column: string): boolean {
  return COLUMNS_OF_20[table]?.[column] !== undefined;
}

/** Tables we insert into. Our INSERTs leave nullable columns out, so that NOT NULL on one would make them fail. */
const WRITTEN = [
  ...['ProjectRegions', 'WaterFacilityTypes', 'SignalRGroups', 'ProjectActivityFeed'],
  ...['ProjectRegionAssignments', 'ProjectFacilityAssignments'],
  ...['DashboardStatsCache', 'RealTimeEventsLog', 'RealTimeNotifications'],
];

export function isWritten(table: string): boolean {
  return WRITTEN.includes(table);
}
