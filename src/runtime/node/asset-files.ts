import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Assets } from '../../http/assets.ts';

const MANIFEST = 'manifest.json';
/** Beside the bundle in dist/; from src/runtime/node/, what the last build has made. */
const PLACES = ['public', '../../../dist/public'];

/** What the build has made for browsers, read once. @param folder default: that of this program's build */
export function assetFiles(folder = builtFolder()): Assets {
  const files = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();
  const read = (path: string) => {
    if (path.includes('..')) return Promise.resolve(undefined);
    const known = files.get(path);
    if (known) return known;
    const file = readFile(join(folder, path)).then(
      (bytes) => new Uint8Array(bytes),
      () => undefined,
    );
    // What is not there is not kept: anybody can ask for anything.
    file.then((bytes) => bytes && files.set(path, file));
    return file;
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
