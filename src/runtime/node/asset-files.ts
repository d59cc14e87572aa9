import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Assets } from '../../http/assets.ts';

const MANIFEST = 'manifest.json';
/** Beside the bundle in dist/; from src/runtime/node/, what the last build has made. */
const PLACES = ['public', '../../../dist/public'];

/** What the build has made for browsers. @param folder default: that of this program's build */
export function assetFiles(folder = builtFolder()): Assets {
  const read = async (path: string) => {
    if (path.includes('..')) return undefined;
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    return bytes && new Uint8Array(bytes);
  };
  const names = readFile(join(folder, MANIFEST), 'utf8').then((text) => JSON.parse(text));
  names.catch(() => undefined);
  return { names: () => names, read };
}

function builtFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = PLACES.map((place) => join(here, place)).find((place) => existsSync(join(place, MANIFEST)));
  return found ?? join(here, 'public');
}
