/** Debian's, or where CHROMIUM_PATH says. */
export const CHROMIUM_PATH = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
/** Nothing may be left out. */
export const CI = Boolean(process.env['CI']);
