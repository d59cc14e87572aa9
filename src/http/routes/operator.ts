import type { OpenAPIHono } from '@hono/zod-openapi';
import { renderOperator } from '../../dashboard/operator/render.tsx';
import { NOTHING, viewOf } from '../../dashboard/view.ts';
import { answerPage } from '../pages/answer-page.ts';
import { settingOf } from '../pages/setting.ts';
import type { PageOptions } from './page.ts';

interface OperatorOptions extends Pick<PageOptions, 'assets' | 'bodies' | 'meta' | 'timeZone'> {
  /** Nobody can be an administrator here. */
  closed: boolean;
  /** Names of scopes are for those who may read only. */
  readsAreClosed: boolean;
}

/** The page for operators. It holds nothing secret itself, and answers while the database is away. */
export function operatorRoute(app: OpenAPIHono, options: OperatorOptions): void {
  const { bodies, meta, timeZone, closed, readsAreClosed } = options;
  app.get('/operator', async (c) => {
    const known = readsAreClosed ? undefined : await meta().catch(() => undefined);
    const setting = await settingOf(c, options);
    return answerPage(c, bodies, ['operator', closed, known, setting], () => {
      const view = viewOf({ ...NOTHING, meta: known }, setting.lang, (to) => to);
      return renderOperator({ view, timeZone, closed }, setting);
    });
  });
}
