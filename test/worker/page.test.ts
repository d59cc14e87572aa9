import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { sharedByAll } from '../support/service/running-service.ts';
import { runWorker } from '../support/service/running-worker.ts';

const worker = sharedByAll(() =>
  runWorker({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }), undefined, { assets: true }),
);

test('a Worker serves pages with their first figures, compressed', async () => {
  const answer = await worker.get('/?lang=en');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  expect(await answer.text()).toContain('<span>50</span>');
  const encoded = await worker.get('/?lang=en', { 'Accept-Encoding': 'gzip' });
  expect(encoded.headers.get('Content-Encoding')).toBe('gzip');
});

test('a Worker serves the script of widgets, which is validated, and what it imports, which is kept for ever', async () => {
  const script = await worker.get('/widgets.js');
  expect([script.status, script.headers.get('Cache-Control')]).toEqual([200, 'no-cache']);
  const [, chunk] = (await script.text()).match(/"\.(\/assets\/[^"]+\.js)"/) ?? [];
  const hashed = await worker.get(String(chunk));
  expect([hashed.status, hashed.headers.get('Content-Type')]).toEqual([
    200,
    'text/javascript; charset=UTF-8',
  ]);
  expect(hashed.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
  expect((await worker.get('/assets/nothing-ABCD1234.js')).status).toBe(404);
  const unchanged = await worker.get('/widgets.js', { 'If-None-Match': String(script.headers.get('ETag')) });
  expect(unchanged.status).toBe(304);
});

test.each(['/widgets?lang=en', '/docs?lang=en', '/regions?lang=en'])(
  'a Worker has the page %s',
  async (path) => {
    expect((await worker.get(path)).status).toBe(200);
  },
);
