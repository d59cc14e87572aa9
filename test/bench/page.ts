/**
 * `npm run bench:page`: what the overview costs a browser on a slow phone, how soon it shows a change, and whether it grows with time. BENCH_MINUTES (default 5) of 5 changes
 * a second. CHROMIUM_PATH names another browser.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { LAUNCH } from '../support/browser/launch.ts';
import { recordShifts } from '../support/browser/shifts.ts';
import bundle, { CLI } from '../support/service/bundle.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { fillDatabase, startBenchServer } from './filled.ts';

const MINUTES = Number(process.env['BENCH_MINUTES'] ?? 5);
const PROJECTS = 1_000;
const CHANGES_PER_SECOND = 5;
const ROUNDS = 5;
const CHANGES = 20;
/** 1.6 Mbit/s with the latency that Lighthouse gives a slow 4G, and a processor four times as slow as this one. */
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
};
const CPU_SLOWDOWN = 4;

const rows: [what: string, figure: string][] = [];
const say = (text: string) => process.stderr.write(`${text}\n`);
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Moments {
  /** ms since the address was asked for. */
  firstFigure: number;
  interactive: number;
}

/** Looks at each frame; runs in the browser. */
function watchMoments(): void {
  const moments: Partial<Moments> = {};
  Object.assign(globalThis, { moments });
  const tiles = () => [...document.querySelectorAll('stats-number')];
  const look = () => {
    const figure = tiles()[0]?.shadowRoot?.querySelector('.value');
    if (figure && (figure as HTMLElement).offsetHeight > 0) moments.firstFigure ??= performance.now();
    // An element that was taken over has its listeners; those of the last one come last.
    const all = document.readyState !== 'loading' && [...document.querySelectorAll(':not(:defined)')];
    if (all && all.length === 0 && tiles().length > 0) moments.interactive ??= performance.now();
    if (moments.interactive === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function heapOf(session: CDPSession): Promise<{ heap: number; nodes: number; listeners: number }> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  return { heap: metric('JSHeapUsedSize'), nodes: metric('Nodes'), listeners: metric('JSEventListeners') };
}

await bundle();
const server = await startBenchServer();
const { sql, url } = await fillDatabase(server.url, 'page', PROJECTS, 2);
const node = await NodeProcess.start({ name: 'page', program: CLI, databaseUrl: url });
await node.untilReady();
const browser = await chromium.launch(LAUNCH);

/** A first visit: nothing is in the cache of the browser. */
async function visit(lang: string, isSlow: boolean) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: lang });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  if (isSlow) {
    await session.send('Network.emulateNetworkConditions', NETWORK);
    await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  }
  const types = new Map<string, string>();
  const bytes = new Map<string, number>();
  session.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? 'Other';
    bytes.set(type, (bytes.get(type) ?? 0) + encodedDataLength);
  });
  // tsx has it named so in every function that it compiles.
  await page.addInitScript('globalThis.__name = (it) => it');
  const shifts = await recordShifts(page);
  await page.addInitScript(watchMoments);
  await page.goto(`${node.url}/?lang=${lang}`);
  await sleep(isSlow ? 4_000 : 1_500);
  const moments = await page.evaluate(() => (globalThis as unknown as { moments: Moments }).moments);
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  );
  return { page, context, session, types, bytes, shifts: await shifts(), moments, paint };
}

async function measureFirstVisit(lang: string): Promise<void> {
  const visits: Awaited<ReturnType<typeof visit>>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = await visit(lang, true);
    visits.push(one);
    await one.context.close();
  }
  const [first] = visits;
  if (!first) return;
  const total = [...first.bytes.values()].reduce((sum, some) => sum + some, 0);
  const parts = [...first.bytes].map(([type, some]) => `${type.toLowerCase()} ${kB(some)}`).join(', ');
  rows.push([`${lang}: bytes on the wire, ${first.types.size} requests`, `${kB(total)}: ${parts}`]);
  const times = (of: (one: (typeof visits)[number]) => number) => Math.round(median(visits.map(of)));
  rows.push([
    `${lang}: first paint; first figure; interactive, at 1.6 Mbit/s and ${CPU_SLOWDOWN} x CPU slowdown`,
    `${times(({ paint }) => paint)} ms; ${times(({ paint, moments }) => Math.max(paint, moments.firstFigure))} ms; ${times(({ moments }) => moments.interactive)} ms`,
  ]);
  const shifts = visits.flatMap((one) => one.shifts);
  rows.push([`${lang}: layout shifts`, shifts.length === 0 ? 'none' : shifts.join('; ')]);
}

/** When each of these widgets has shown something else in a frame, in ms since 1970; runs in the browser. */
function watchPixels(selectors: string[]): void {
  const shown = selectors.map((selector) => {
    const root = document.querySelector(selector)?.shadowRoot as ShadowRoot;
    return new Promise((resolve) => {
      const shownNow = () => root.querySelector('svg')?.innerHTML ?? root.textContent;
      const before = shownNow();
      const observer = new MutationObserver(() => {
        if (shownNow() !== before) resolve(observer.disconnect());
      });
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  });
  const frame = () => new Promise(requestAnimationFrame);
  // The second begins when what the first showed has been drawn.
  const pixels = Promise.all(shown).then(frame).then(frame);
  Object.assign(globalThis, { pixels: pixels.then(() => performance.timeOrigin + performance.now()) });
}

/** From the commit of a change to the pixels of a tile, a table and the map. */
async function measurePixels(): Promise<void> {
  const { page, context } = await visit('en', false);
  const ids = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" WHERE "Status" = 1 AND "Region" IS NOT NULL AND "Province" <> 'ตาก' LIMIT ${CHANGES}`;
  const all: number[] = [];
  for (const { id } of ids) {
    await page.evaluate(watchPixels, [
      'stats-number[metric=completionPercentage]',
      'stats-table[rows=regions]',
      'stats-map',
    ]);
    await sql`UPDATE "Projects" SET "Status" = 2, "Province" = 'ตาก' WHERE "ProjectId" = ${id}`;
    const committed = performance.timeOrigin + performance.now();
    all.push(
      (await page.evaluate(() => (globalThis as unknown as { pixels: Promise<number> }).pixels)) - committed,
    );
    await sleep(300);
  }
  rows.push([
    `commit to pixels of tile, table and map, ${CHANGES} changes: median; longest`,
    `${Math.round(median(all))} ms; ${Math.round(Math.max(...all))} ms`,
  ]);
  await context.close();
}

/** Changes as they come in an office, all day long. */
async function changeFor(ms: number): Promise<number> {
  const ids = await sql<{ id: string }[]>`SELECT "ProjectId" AS id FROM "Projects" ORDER BY "ProjectId"`;
  const ends = performance.now() + ms;
  let changes = 0;
  while (performance.now() < ends) {
    const id = ids[changes % ids.length]?.id ?? '';
    await sql`
      UPDATE "Projects" SET "Status" = ("Status" + 1) % 5, "TotalCapacityKw" = "TotalCapacityKw" + 1 WHERE "ProjectId" = ${id}`;
    changes++;
    await sleep(1_000 / CHANGES_PER_SECOND);
  }
  return changes;
}

async function measureMemory(): Promise<void> {
  const { session, page, context } = await visit('en', false);
  await session.send('Performance.enable');
  const tell = ({ heap, nodes, listeners }: Awaited<ReturnType<typeof heapOf>>) =>
    `${(heap / 1e6).toFixed(2)} MB, ${nodes} nodes, ${listeners} listeners`;
  // Whatever is made once is there after it.
  await changeFor(20_000);
  const begin = await heapOf(session);
  say(`memory: ${tell(begin)}`);
  let changes = 0;
  let now = begin;
  for (let minute = 0; minute < MINUTES; minute++) {
    changes += await changeFor(60_000);
    now = await heapOf(session);
    say(`memory after ${minute + 1} min: ${tell(now)}`);
  }
  rows.push([
    `memory at first; after ${MINUTES} minutes and ${changes} changes`,
    `${tell(begin)}; ${tell(now)}`,
  ]);
  rows.push(['the page was live to the end', (await stateOf(page)) ?? '']);
  await context.close();
}

const stateOf = (page: Page) => page.locator('stats-live [role=status]').first().textContent();

try {
  for (const lang of ['th', 'en']) await measureFirstVisit(lang);
  await measurePixels();
  if (MINUTES > 0) await measureMemory();
  say(`\nOverview of ${PROJECTS} projects, Chromium ${browser.version()}\n\n| | |\n|---|---|`);
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`);
} finally {
  await browser.close();
  await node.kill();
  await sql.end();
  await server.stop();
}
