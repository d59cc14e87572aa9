import { inject } from 'vitest';
import type { Sql } from '../../../src/db/connection.ts';
import { type Answer, runService, sharedByAll } from './running-service.ts';
import { runWorker } from './running-worker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests of the HTTP contract run the service; absent: in this process. */
    runtime?: 'workerd';
  }
}

/** What the tests of the HTTP contract may use: it is there on Node and in workerd. */
export interface ContractService {
  /** A pool of the test's own on the same database. */
  sql: Sql;
  /** What the service logged as warning or worse. */
  warnings: string[];
  request(path: string, init: RequestInit): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** The whole service on a fresh database, for all tests of the file: in this process, or with `npm run test:worker` in workerd. */
export function contractForAll(
  environment: Record<string, string> = {},
  prepare?: (sql: Sql) => Promise<unknown>,
): ContractService {
  const run = inject('runtime') === 'workerd' ? runWorker : runService;
  return sharedByAll<ContractService>(() => run(environment, prepare));
}
