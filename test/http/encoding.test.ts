import { expect, test } from 'vitest';
import { serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll();

// Not in the contract: Workers' local mode takes the first one that a client names.
test.each(['gzip, br', 'br, gzip', 'gzip;q=0.8, br;q=0.8'])(
  'of %s the smaller one is sent',
  async (accepted) => {
    const { headers } = await service.get('/stats', { 'Accept-Encoding': accepted });
    expect(headers.get('Content-Encoding')).toBe('br');
  },
);
