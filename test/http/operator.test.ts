import { expect, test } from 'vitest';
import { runForTest } from '../support/service/running-service.ts';

test('the operator’s page asks for the token, under the policy of the other pages', async () => {
  const service = await runForTest();
  const answer = await service.get('/operator?lang=en');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  const html = await answer.text();
  expect(html).toContain('type="password"');
  expect(html).not.toMatch(/ style=|<style| on\w+=/);
});

test('where reading needs a token, the operator’s page still asks for one, and names no scope', async () => {
  const service = await runForTest({ READ_AUTH: 'required' });
  const html = await (await service.get('/operator?lang=en')).text();
  expect(html).toContain('type="password"');
  expect(html).not.toContain('region:northern');
});

test('where nobody can be an administrator, the page says so and asks for nothing', async () => {
  const service = await runForTest({ ADMIN_TOKEN: '', EVENTS_TOKEN: '' });
  const html = await (await service.get('/operator?lang=en')).text();
  expect(html).toContain('There is no administrator here');
  expect(html).not.toContain('type="password"');
  expect((await service.get('/admin/status')).status).toBe(403);
});
