import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { Frame } from '../../src/dashboard/frame.tsx';
import { statsNumber } from '../../src/dashboard/widgets/stats-number.tsx';
import { type Example, shownOf } from '../support/dashboard/example.ts';

function headingOf(given: Record<string, string>, example: Example = {}): string | undefined {
  const meta = { scopes: [{ key: 'region:northern', title: { en: 'The North', th: 'ภาคเหนือ' } }] };
  const shown = shownOf(statsNumber, given, { meta, ...example } as Example);
  const html = renderToString(
    h(Frame, { widget: statsNumber, given: (name: string) => given[name], ...shown }),
  );
  return /<h2[^>]*>(.*?)<\/h2>/.exec(html)?.[1];
}

test('on a page of somebody else the heading names the region or facility type that the figures are about', () => {
  const metric = 'schedule.overdue';
  const northern = { metric, scope: 'region:northern' };
  expect(headingOf(northern)).toBe('Overdue · The North');
  expect(headingOf(northern, { lang: 'th' })).toBe('เกินกำหนด · ภาคเหนือ');
  expect(headingOf({ metric })).toBe('Overdue');
  expect(headingOf({ ...northern, heading: 'Late' })).toBe('Late');
  // Our own page says it above.
  expect(headingOf(northern, { linked: true })).toBe('Overdue');
});
