import { expect, test } from 'vitest';
import { keysOfGroups } from '../../src/service/targets.ts';

test('only for groups that may be of facility types is the database asked: streams of others begin while it is away', async () => {
  const asked = () => Promise.reject(new Error('It is away.'));
  expect(await keysOfGroups(['all_users', 'region_north'], asked)).toEqual(['global', 'region:north']);
  await expect(keysOfGroups(['facility_dam'], asked)).rejects.toThrow('It is away.');
});
