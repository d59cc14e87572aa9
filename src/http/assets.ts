/** What browsers load beside pages: scripts, styles and fonts, as build-assets.mjs makes them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { markFile } from '../dashboard/page/mark.tsx';
import type { AssetNames } from '../dashboard/page/setting.ts';
import { madeOf } from './answer.ts';
import type { Bodies } from './bodies.ts';
import { Problem } from './problem.ts';

export interface Assets {
  /** manifest.json of the build. */
  names(): Promise<AssetNames>;
  /** Not kept, as answers are. @param path as in the address, `/widgets.js`; undefined where there is no such file */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** What lies in here has a hash of its content in its name. */
const HASHED = '/assets/';
/** Validated at each use. The last two are for editors. */
const NAMED = ['/widgets.js', '/page.js', '/custom-elements.json', '/widgets.d.ts'];
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=UTF-8',
  css: 'text/css; charset=UTF-8',
  json: 'application/json; charset=UTF-8',
  ts: 'text/plain; charset=UTF-8',
  woff2: 'font/woff2',
};

/** In place of bytes that are not read again. */
const KEPT = new Uint8Array();

/** Browsers ask for the second one where an answer is no page. */
const ICONS = ['/favicon.svg', '/favicon.ico'];
const ONE_DAY = 'public, max-age=86400';

export function assetRoutes(app: OpenAPIHono, assets: Assets, bodies: Bodies): void {
  const mark = markFile();
  for (const path of ICONS)
    app.get(path, (c) => c.body(mark, 200, { 'Content-Type': 'image/svg+xml', 'Cache-Control': ONE_DAY }));
  for (const path of [...NAMED, `${HASHED}:file`]) {
    app.get(path, async (c) => {
      const { path: asked } = c.req;
      const type = TYPES[asked.slice(asked.lastIndexOf('.') + 1)];
      const name = `asset:${asked}`;
      const bytes = bodies.has(name) ? KEPT : await assets.read(asked);
      if (!type || !bytes) throw new Problem('not-found', `There is nothing at ${asked}.`);
      const encoding = type === TYPES['woff2'] ? 'identity' : bodies.encodingFor(c);
      const body = await bodies.get(name, encoding, () => bytes);
      c.header('Vary', 'Accept-Encoding', { append: true });
      const headers = {
        'Cache-Control': asked.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
        'X-Content-Type-Options': 'nosniff',
        // Pages of others embed widgets, some of them isolated (COEP).
        'Cross-Origin-Resource-Policy': 'cross-origin',
      };
      const made = madeOf(body, type, headers, c.req.header('If-None-Match'));
      return c.newResponse(made.body ?? null, made.status, made.headers);
    });
  }
}
