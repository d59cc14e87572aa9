/** A problem as people see it: where a browser asks for a page and there is none. */
import { type PageProblem, renderProblem } from '../../dashboard/page/problem.tsx';
import type { Assets } from '../assets.ts';
import type { ProblemPage } from '../problem.ts';
import type { ProblemCode } from '../problem-kinds.ts';
import { stateOf } from '../request-state.ts';
import type { Meta } from '../routes/meta.ts';
import { SECURITY_HEADERS } from './answer-page.ts';
import { settingOf } from './setting.ts';

const KINDS: Partial<Record<ProblemCode, PageProblem['kind']>> = {
  'not-found': 'notFound',
  'unknown-scope': 'notFound',
  'database-unavailable': 'unavailable',
  'refresh-timeout': 'unavailable',
  unauthorized: 'closed',
  forbidden: 'closed',
};

export function problemPage(
  assets: Assets,
  { timeZone, meta }: { timeZone: string; meta: () => Promise<Meta> },
): ProblemPage {
  return async (c, { code, detail, nearest }) => {
    const problem = {
      kind: KINDS[code] ?? 'failed',
      detail,
      nearest: nearest === undefined ? undefined : (await meta()).scopes.find(({ key }) => key === nearest),
      requestId: stateOf(c).requestId,
    } as const;
    const setting = await settingOf(c, { assets, timeZone });
    return { html: renderProblem(problem, setting), headers: SECURITY_HEADERS };
  };
}
