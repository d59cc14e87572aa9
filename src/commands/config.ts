import { shown as shownAddress } from '../address/address.ts';
import { type Config, SETTINGS } from '../config.ts';
import { readTitles } from '../runtime/node/titles-file.ts';
import { type Command, EXIT } from './command.ts';

/** Not ours to set: where programs are looked for. */
const LEFT_OUT: readonly string[] = ['PATH'];

export const configCommand: Command = {
  name: 'config',
  summary: 'Print every setting as it was understood, defaults included and secrets left out',
  examples: { '': 'what the service would start with', '--json': 'the same for a script' },
  async run({ config, say, result }) {
    await readTitles(config.TITLES_FILE);
    const settings = shown(config);
    const width = Math.max(...Object.keys(settings).map((name) => name.length));
    for (const [name, value] of Object.entries(settings)) {
      say(`${name.padEnd(width)}  ${value === null ? '(not set)' : [value].flat().join(', ') || '(none)'}`);
    }
    result(settings);
    return EXIT.done;
  },
};

type Value = string | number | readonly string[] | null;

/** In the order of the names; null where nothing is set. Of a secret only whether it is set. */
function shown({ address, ...settings }: Config): Record<string, Value> {
  const known: Readonly<Record<string, Value | undefined>> = {
    ...settings,
    DATABASE_URL: address && shownAddress(address),
    ADMIN_TOKEN: settings.ADMIN_TOKEN?.map(({ name }) => name),
  };
  const names = SETTINGS.filter((name) => !LEFT_OUT.includes(name)).sort();
  return Object.fromEntries(names.map((name) => [name, shownValue(name, known[name])]));
}

function shownValue(name: string, value: Value | undefined): Value {
  if (value === undefined) return null;
  if (/TOKEN|SECRET|PASSWORD/.test(name)) return '(set)';
  return name === 'JWKS_URL' ? withoutPassword(String(value)) : value;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password) url.password = '***';
  url.search = '';
  return url.href;
}
