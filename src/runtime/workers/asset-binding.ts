/** What the build has made for browsers, as the platform keeps it beside the Worker (wrangler.toml, [assets]). */

import type { AssetNames } from '../../dashboard/page/setting.ts';
import type { Assets } from '../../http/assets.ts';

/** The binding of the platform. It takes whole addresses, and looks at their paths only. */
export interface AssetBinding {
  fetch(address: string): Promise<Response>;
}

const ANY_HOST = 'https://assets.invalid';

export function boundAssets(binding: AssetBinding): Assets {
  // Only what has come is kept: a promise of one invocation must not be awaited by another.
  let manifest: AssetNames | undefined;
  const read = async (path: string) => {
    const answer = await binding.fetch(ANY_HOST + path);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  };
  const names = async (): Promise<AssetNames> => {
    const bytes = manifest ? undefined : await read('/manifest.json');
    if (bytes) manifest = JSON.parse(new TextDecoder().decode(bytes));
    if (!manifest)
      throw new Error('The build of what browsers load is missing: npm run build, before it is uploaded.');
    return manifest;
  };
  return { names, read };
}
