import type { Context } from 'hono';
import { PROVINCE } from '../../dashboard/page/selection.ts';
import type { Setting } from '../../dashboard/page/setting.ts';
import type { Assets } from '../assets.ts';
import { preferencesOf } from './preferences.ts';

/** Of the query of a page: which part of what is shown. */
const SHOWN = ['scope', 'after', PROVINCE];

/** What every page is made with. The path is as it was sent: Hono's is decoded, and would be no link's any more. */
export async function settingOf(
  c: Context,
  { assets, timeZone }: { assets: Assets; timeZone: string },
): Promise<Setting> {
  const { pathname: path, searchParams } = new URL(c.req.url);
  const query = SHOWN.filter((name) => searchParams.get(name)).map(
    (name) => `${name}=${encodeURIComponent(searchParams.get(name) ?? '')}&`,
  );
  return { ...preferencesOf(c, timeZone), assets: await assets.names(), path, query: query.join('') };
}
