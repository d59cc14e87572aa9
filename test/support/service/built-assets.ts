/** What wrangler.toml names as [assets], built once for each run of the tests in workerd. */
import { execFileSync } from 'node:child_process';
import { ROOT } from './bundle.ts';

export default function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT });
}
