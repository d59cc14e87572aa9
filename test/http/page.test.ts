import { expect, test } from 'vitest';
import { WIDGETS } from '../../src/dashboard/catalogue.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { runForTest, serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));

const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the page has its first figures in the HTML, and nothing that a strict Content-Security-Policy forbids', async () => {
  const answer = await service.get('/?lang=en');
  expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  const html = await answer.text();
  expect(html).toContain('<span>50</span>');
  expect(html).not.toMatch(/ style=|<style| on\w+=/);
});

test('a page is in the language of the address, else the saved one, else that of the browser, else Thai in Thailand', async () => {
  const langOf = async (path: string, headers: Record<string, string> = {}) =>
    (await (await service.get(path, headers)).text()).match(/<html lang="(\w+)"/)?.[1];
  const english = { 'Accept-Language': 'fr, en-GB;q=0.9, th;q=0.8' };
  expect(await langOf('/')).toBe('th');
  expect(await langOf('/', english)).toBe('en');
  expect(await langOf('/', { ...english, Cookie: 'stats-lang=th' })).toBe('th');
  expect(await langOf('/?lang=en', { Cookie: 'stats-lang=th' })).toBe('en');
  expect(await langOf('/?lang=tlh', { 'Accept-Language': 'th;q=0, de' })).toBe('th');
});

test('a language or theme that the address asks for is saved, and the next page has it without a script', async () => {
  const asked = await service.get('/?lang=en&theme=dark');
  const saved = asked.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  expect(saved).toEqual(['stats-lang=en', 'stats-theme=dark']);
  const next = await (await service.get('/', { Cookie: saved.join('; ') })).text();
  expect(next).toContain('<html lang="en" dir="ltr" data-theme="dark">');
  expect((await service.get('/')).headers.getSetCookie()).toEqual([]);
});

test('a page that is asked for again answers 304 until a figure changes, and its Vary names what it depends on', async () => {
  const first = await service.get('/', { 'Accept-Encoding': 'br' });
  expect(first.headers.get('Content-Encoding')).toBe('br');
  expect(first.headers.get('Vary')).toContain('Accept-Encoding, Accept-Language, Cookie');
  const ask = (path: string, etag: string) =>
    service.get(path, { 'Accept-Encoding': 'br', 'If-None-Match': etag });
  const newest = async () =>
    String((await service.get('/', { 'Accept-Encoding': 'br' })).headers.get('ETag'));
  // Twice, as the time that it shows may have moved on in between.
  const statuses = [(await ask('/', await newest())).status, (await ask('/', await newest())).status];
  expect(statuses).toContain(304);
  const etag = await newest();
  expect((await ask('/?lang=en', etag)).status).toBe(200);
  await service.sql`DELETE FROM "Projects"`;
  await service.service.refresher.refresh();
  expect((await ask('/', etag)).status).toBe(200);
});

test('HEAD answers as GET, without a body', async () => {
  const answer = await service.request('/', { method: 'HEAD' });
  expect(answer.status).toBe(200);
  expect(Number(answer.headers.get('Content-Length'))).toBeGreaterThan(1_000);
  expect(await answer.text()).toBe('');
});

test('pages send the usual security headers', async () => {
  const { headers } = await service.get('/');
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(headers.get('Referrer-Policy')).toBe('same-origin');
  expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
  expect(headers.get('Content-Security-Policy')).not.toMatch(/unsafe|\*/);
});

test('an error is a page where a browser asks for one, in its language, and problem+json for programs', async () => {
  const forPeople = await service.get('/nothing', { ...HTML, 'Accept-Language': 'en' });
  expect([forPeople.status, forPeople.headers.get('Content-Type')]).toEqual([
    404,
    'text/html; charset=UTF-8',
  ]);
  expect(forPeople.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  expect(await forPeople.text()).toContain('<h1>This page does not exist</h1>');
  expect(await (await service.get('/nothing', HTML)).text()).toContain('<h1>ไม่พบหน้านี้</h1>');
  const forPrograms = await service.get('/nothing');
  expect([forPrograms.status, forPrograms.headers.get('Content-Type')]).toEqual([
    404,
    'application/problem+json',
  ]);
});

test('text of an address is text on the page of its error', async () => {
  const answer = await service.get('/%3Cimg%20src=x%3E', HTML);
  expect(await answer.text()).not.toContain('<img');
});

test('the gallery shows each widget with its figures, its attributes and its code', async () => {
  const answer = await service.get('/widgets?lang=en');
  expect(answer.status).toBe(200);
  const html = await answer.text();
  for (const { tag, example, attributes } of WIDGETS) {
    expect(html).toContain(`<section id="${tag}"`);
    expect(html).toContain(example.replaceAll('<', '&lt;').replaceAll('"', '&quot;'));
    for (const name of Object.keys(attributes)) expect(html).toContain(`<code>${name}</code>`);
  }
  expect(html).not.toMatch(/ style=|<style| on\w+=/);
});

test('the reference of the API has every route of /openapi.json, and each link leads somewhere', async () => {
  const html = await (await service.get('/docs?lang=en')).text();
  const { paths } = await (await service.get('/openapi.json')).json();
  for (const path of Object.keys(paths)) expect(html).toContain(`<code>${path}</code></h2>`);
  const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(targets.length).toBeGreaterThan(30);
  expect(targets.filter((id) => !html.includes(`id="${id}"`))).toEqual([]);
  // Its sentences are English, and none goes on in the language of the page.
  const inThai = await (await service.get('/docs?lang=th')).text();
  const [main = ''] = /<main.*<\/main>/s.exec(inThai) ?? [];
  const english = (main.match(/<(p|li)\b[^>]*>.*?<\/\1>/gs) ?? []).filter((part) =>
    part.includes('lang="en"'),
  );
  expect(english.length).toBeGreaterThan(30);
  expect(english.filter((part) => /\p{Script=Thai}/u.test(part))).toEqual([]);
});

test('the type of each problem leads to what can be done about it', async () => {
  const html = await (await service.get('/docs?lang=en')).text();
  const problems = (await (await service.get('/openapi.json')).json())['x-problems'];
  expect(problems.length).toBeGreaterThan(10);
  for (const { type, advice } of problems) {
    const to = (await service.get(type)).headers.get('Location');
    expect(to).toMatch(/^\/docs#problem-/);
    expect(html).toContain(`id="${to?.split('#')[1]}"`);
    expect(html).toContain(advice);
  }
  expect((await service.get('/problems/none')).status).toBe(404);
});

test('the form of the header leads to the page of a scope', async () => {
  const to = async (key: string) => {
    const { status, headers } = await service.get(`/scope?key=${encodeURIComponent(key)}`);
    return [status, headers.get('Location')];
  };
  expect(await to('global')).toEqual([303, '/']);
  expect(await to('region:northern')).toEqual([303, '/regions/northern']);
  expect(await to('facility:water_treatment')).toEqual([303, '/facilities/water_treatment']);
  expect(await to('//elsewhere.example')).toEqual([404, null]);
});

test.each(['/favicon.svg', '/favicon.ico'])('%s is the icon', async (path) => {
  const answer = await service.get(path);
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'image/svg+xml']);
  expect(await answer.text()).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
});

test('while nothing is in memory and the database is away, a page says so in words and tries again by itself', async () => {
  const starting = await runForTest({}, undefined, { cold: true });
  starting.proxy.mode = 'hangUp';
  const answer = await starting.get('/?lang=en', HTML);
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
  const html = await answer.text();
  expect(html).toContain('<h1>The figures are not available yet</h1>');
  expect(html).toContain('<meta http-equiv="refresh" content="5"/>');
});

test('with the database away, a page shows the figures of memory', async () => {
  const away = await runForTest({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
  away.proxy.mode = 'hangUp';
  away.proxy.cut();
  const answer = await away.get('/?lang=en', HTML);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('<span>50</span>');
});

test('custom-elements.json describes the widgets for editors, and widgets.d.ts for TypeScript', async () => {
  const { modules } = await (await service.get('/custom-elements.json')).json();
  const live = modules[0].declarations.find((one: { tagName: string }) => one.tagName === 'stats-live');
  expect(live.members).toContainEqual(
    expect.objectContaining({ name: 'banner', type: { text: 'boolean' }, attribute: 'banner' }),
  );
  expect(live.cssProperties).toContainEqual({ name: '--stats-accent' });
  expect(await (await service.get('/widgets.d.ts')).text()).toContain("'stats-live': StatsLiveElement;");
});
