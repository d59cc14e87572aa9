/** The pages for people: what their widgets need is loaded first, then all of it is rendered into one answer. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type ApiDocument, renderApiReference } from '../../dashboard/page/api-reference.tsx';
import { EXAMPLES, renderGallery } from '../../dashboard/page/gallery.tsx';
import { listPage, map, overview, type Page, partsPage, scopePage } from '../../dashboard/page/pages.ts';
import { renderPage } from '../../dashboard/page/render.tsx';
import { PROVINCE } from '../../dashboard/page/selection.ts';
import { scopePath } from '../../dashboard/view.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import type { Assets } from '../assets.ts';
import type { Bodies } from '../bodies.ts';
import { noSuch } from '../not-among.ts';
import { answerPage } from '../pages/answer-page.ts';
import { loading } from '../pages/load.ts';
import { settingOf } from '../pages/setting.ts';
import { Problem } from '../problem.ts';
import { PROBLEMS } from '../problem-kinds.ts';
import { cursorOf, listNamed } from './lists.ts';
import type { Meta } from './meta.ts';

export interface PageOptions {
  assets: Assets;
  bodies: Bodies;
  meta: () => Promise<Meta>;
  /** ms of a clock that never goes back. */
  now: () => number;
  timeZone: string;
  /** TRUST_PROXY. */
  trustedProxies: number;
  /** What /openapi.json says. */
  api: () => ApiDocument;
  /** @throws Problem where the database is not ready to be read */
  requirePrepared: () => void;
}

export function pageRoutes(app: OpenAPIHono, service: StatsService, options: PageOptions): void {
  const { bodies, meta, requirePrepared } = options;
  const show = async (c: Context, page: Page) => {
    requirePrepared();
    const { id, load } = await loading(service, page.widgets, options);
    const setting = await settingOf(c, options);
    return answerPage(c, bodies, [page, id, setting], async () => renderPage(page, await load(), setting));
  };
  app.get('/', (c) => show(c, overview()));
  for (const [section, type] of [
    ['regions', 'regional'],
    ['facilities', 'facility'],
  ] as const) {
    app.get(`/${section}`, (c) => show(c, partsPage(section)));
    app.get(`/${section}/:name`, (c) => show(c, scopePage(section, scopeKey(type, c.req.param('name')))));
  }
  app.get('/lists/:list', (c) => {
    const list = listNamed(c.req.param('list'));
    const after = c.req.query('after') ?? '';
    if (after !== '' && !cursorOf(after)) throw new Problem('not-found', 'The list has no such part.');
    return show(c, listPage(list, c.req.query('scope') || GLOBAL_KEY, after));
  });
  app.get('/map', (c) => show(c, map(GLOBAL_KEY, c.req.query(PROVINCE))));

  app.get('/widgets', async (c) => {
    requirePrepared();
    const { id, load } = await loading(service, EXAMPLES, options);
    const setting = await settingOf(c, options);
    const origin = originOf(c, options);
    return answerPage(c, bodies, ['gallery', origin, id, setting], async () =>
      renderGallery(await load(), origin, setting),
    );
  });

  app.get('/docs', async (c) => {
    const setting = await settingOf(c, options);
    const origin = originOf(c, options);
    const html = () => renderApiReference(options.api(), origin, setting);
    return answerPage(c, bodies, ['docs', origin, setting], html);
  });

  // The type of a problem.
  app.get('/problems/:code', (c) => {
    const code = c.req.param('code');
    if (!Object.hasOwn(PROBLEMS, code)) throw noSuch('problem', code, Object.keys(PROBLEMS));
    return c.redirect(`/docs#problem-${code}`, 303);
  });

  // The form of the header comes here.
  app.get('/scope', async (c) => {
    requirePrepared();
    const key = c.req.query('key') ?? GLOBAL_KEY;
    const { scopes } = await meta();
    const keys = scopes.map((scope) => scope.key);
    if (!keys.includes(key)) throw noSuch('scope', key, keys);
    return c.redirect(scopePath(key), 303);
  });
}

/** Where code that people copy finds this service: behind a proxy that speaks TLS the request itself says http. */
function originOf(c: Context, { trustedProxies }: PageOptions): string {
  const url = new URL(c.req.url);
  if (trustedProxies > 0 && c.req.header('X-Forwarded-Proto') === 'https') url.protocol = 'https:';
  return url.origin;
}
