import { expect, test } from 'vitest';
import type { Lang } from '../../../src/dashboard/text/text.ts';
import type { Status } from '../../../src/dashboard/view.ts';
import { statsLive } from '../../../src/dashboard/widgets/stats-live.tsx';
import { bodyOf } from '../../support/dashboard/example.ts';

const AT = '2026-11-27T03:42:33.000Z';

const html = (status: Status, given: Record<string, string> = {}, lang: Lang = 'en') =>
  bodyOf(statsLive, given, { status, lang });
const words = (text: string) =>
  text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

test('the pill says the state and when the figures were confirmed last, and announces the state only', () => {
  const live = html({ state: 'live', confirmedAt: AT });
  expect(words(live)).toBe('Live · 10:42:33');
  expect(live).toContain('<span role="status">Live</span>');
  expect(words(html({ state: 'live', confirmedAt: AT }, {}, 'th'))).toBe('สด · 10:42:33');
  expect(live).toContain('title="27 November 2026 at 10:42:33 GMT+7"');
});

test('a page that the server has rendered is not called live', () => {
  const rendered = words(html({ state: 'loading', confirmedAt: AT }));
  expect(rendered).toMatch(/^As of ?10:42:33$/);
});

test('the pill says since when figures are stale', () => {
  expect(words(html({ state: 'stale', since: AT, reason: 'database-away' }))).toBe('Stale since 10:42:33');
});

test.each(['live', 'polling', 'loading'] as const)('the banner is empty while the state is %s', (state) => {
  expect(words(html({ state, confirmedAt: AT }, { banner: '' }))).toBe('');
});

test.each(['database-away', 'triggers-lost', 'expired', 'behind'])(
  'the banner says why and since when for %s, in both languages',
  (reason) => {
    const status: Status = { state: reason === 'behind' ? 'behind' : 'stale', since: AT, reason };
    const [english, thai] = [html(status, { banner: '' }), html(status, { banner: '' }, 'th')].map(words);
    expect(english).toMatch(/27 November 2026 at 10:42:33 GMT\+7.*\.$/);
    expect(thai).toMatch(/27 พฤศจิกายน 2569.*10:42:33/);
  },
);

test('the banner says that the service does not answer, and of when the figures are', () => {
  expect(words(html({ state: 'reconnecting', confirmedAt: AT }, { banner: '' }))).toBe(
    'The service does not answer. The figures are those of 27 November 2026 at 10:42:33 GMT+7. Trying again.',
  );
  expect(words(html({ state: 'reconnecting' }, { banner: '' }))).toBe(
    'The service does not answer. Trying again.',
  );
});
