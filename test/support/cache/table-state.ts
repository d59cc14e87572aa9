import type { KeptDocument, TableState } from '../../../src/cache/read-table.ts';

export const EPOCH = '00000000-0000-4000-8000-000000000001';

/** What is read of a table whose one document, `global`, is at `version`. */
export function tableState(version: number, change: Partial<KeptDocument> = {}, epoch = EPOCH): TableState {
  const document: KeptDocument = {
    key: 'global',
    type: 'global',
    entityId: null,
    displayName: 'All projects',
    version,
    valid: true,
    asOf: new Date(0),
    secondsLeft: 300,
    secondsChecked: 0,
    statistics: '{"totalProjects": 1}',
    ...change,
  };
  const position = { epoch, revision: version, renewals: 0 };
  return {
    position,
    schemaVersion: 1,
    timeZone: 'Asia/Bangkok',
    localDate: '2026-11-22',
    marksLost: false,
    tracksChanges: true,
    caughtUpMsAgo: 0,
    documents: [document],
  };
}
