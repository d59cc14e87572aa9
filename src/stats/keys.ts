export const GLOBAL_KEY = 'global';
const PREFIXES = { regional: 'region:', facility: 'facility:' } as const;

/** The cache key of a region or facility type by its name. */
export function scopeKey(type: 'regional' | 'facility', name: string): string {
  return PREFIXES[type] + name;
}

/** The name in a cache key: `northern` of `region:northern`; `global` of `global`. */
export function scopeName(key: string): string {
  const colon = key.indexOf(':');
  return colon < 0 ? key : key.slice(colon + 1);
}

/** Byte order of UTF-8, the order of every list (COLLATE "C" in SQL). UTF-16 order differs beyond U+FFFF. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
