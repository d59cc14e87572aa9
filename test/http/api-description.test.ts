import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { runForTest } from '../support/service/running-service.ts';

test('the linter of OpenAPI has nothing to say', async () => {
  const service = await runForTest({ READ_AUTH: 'required' });
  const source = await (await service.get('/openapi.json')).text();
  // Probes have no way to be asked wrongly.
  const config = await createConfig({ extends: ['recommended'], rules: { 'operation-4xx-response': 'off' } });
  const found = await lintFromString({ source, config });
  expect(
    found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
  ).toEqual([]);
});
