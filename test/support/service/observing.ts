/** What tests of the whole service ask it again and again. */
import { until } from '../application/projects.ts';
import type { ContractService } from './contract.ts';

export const NO_CACHE = { 'Cache-Control': 'no-cache' };
/** Settings of a node that refreshes nothing by itself. */
export const QUIET = { POLL_INTERVAL_MS: '60000', CRON_REFRESH_EXPIRED: 'off', CRON_AUDIT: 'off' };

/** `totalProjects` of the document `global`. */
export async function totalOf({ get }: Pick<ContractService, 'get'>, headers = {}): Promise<number> {
  return (await (await get('/stats/global', headers)).json()).statistics?.totalProjects;
}

/** Cache-Status of the document `global`. */
export async function labelOf({ get }: Pick<ContractService, 'get'>): Promise<string> {
  return (await get('/stats/global')).headers.get('Cache-Status') ?? '';
}

/** The body of /readyz. */
export async function readinessOf({ get }: Pick<ContractService, 'get'>) {
  return (await get('/readyz')).json();
}

/** How a job ended that was run by hand; one that the node has started by itself, at its start or at a full minute, is waited for. */
export async function ranJob({ post }: Pick<ContractService, 'post'>, name: string) {
  let end = { outcome: '', detail: '' };
  await until(async () => {
    end = await (await post(`/jobs/${name}/run`, {})).json();
    return end.outcome !== 'elsewhere';
  });
  return end;
}
