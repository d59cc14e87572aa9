import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { runForTest } from '../support/service/running-service.ts';

test('the page has its first figures in the HTML, and nothing that a strict Content-Security-Policy forbids', async () => {
  const service = await runForTest({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
  const answer = await service.get('/?lang=en');
  expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  const html = await answer.text();
  expect(html).toContain('<span>50</span>');
  expect(html).not.toMatch(/ style=|<style| on\w+=/);
});
