import type { Context } from 'hono';
import type { Setting } from '../../dashboard/page/setting.ts';
import type { Assets } from '../assets.ts';
import { preferencesOf } from './preferences.ts';

/** What every page is made with. The path is as it was sent: Hono's is decoded, and would be no link's any more. */
export async function settingOf(
  c: Context,
  { assets, timeZone }: { assets: Assets; timeZone: string },
): Promise<Setting> {
  const { pathname: path } = new URL(c.req.url);
  return { ...preferencesOf(c, timeZone), assets: await assets.names(), path };
}
