/** The certificates that an address names, or that libpq looks for in a home folder. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Address } from '../../address/address.ts';
import { FILES } from '../../address/parameters.ts';
import { ConfigError } from '../../errors.ts';

/** What libpq takes without being told, where it is there. */
const AT_HOME = {
  sslrootcert: 'root.crt',
  sslcrl: 'root.crl',
  sslcert: 'postgresql.crt',
  sslkey: 'postgresql.key',
};

/** @throws ConfigError where one that is named cannot be read */
export async function withFiles(address: Address, home = homedir()): Promise<Address> {
  const files: Record<string, string> = {};
  for (const parameter of FILES) {
    const named = address.values[parameter];
    if (named === 'system') continue;
    const path = named || join(home, '.postgresql', AT_HOME[parameter]);
    try {
      files[parameter] = await readFile(path, 'utf8');
    } catch (error) {
      if (named)
        throw new ConfigError([
          `DATABASE_URL names a file in ${parameter} that cannot be read: ${(error as Error).message}.`,
        ]);
    }
  }
  return { ...address, files };
}
