import { CHROMIUM_PATH } from './chromium-path.ts';

/** Debian's Chromium. It is quiet: it asks nobody for anything that no page asks for. */
export const LAUNCH = {
  executablePath: CHROMIUM_PATH,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
