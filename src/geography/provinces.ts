import data from './provinces.json' with { type: 'json' };

/** One of the 77 provinces of Thailand (provinces.json). */
export interface Province {
  /** The official name without จังหวัด, in NFC. */
  readonly thai: string;
  /** The romanisation that ISO 3166-2 lists (RTGS; romanised.ts says how else people write it). */
  readonly english: string;
  /** Of the provincial seat, in WGS 84, to about a kilometre. */
  readonly latitude: number;
  readonly longitude: number;
  /** A pattern of the first digits of its postal codes; postcodes.ts knows the codes that several provinces share. */
  readonly postcode: string;
  /** Written in full, or as good as: such a name may stand alone. */
  readonly otherNames?: readonly string[];
  /** Shortened so far that other words begin with them: they need จังหวัด, "province" or ฯ beside them. */
  readonly shortNames?: readonly string[];
  /** Cities that are in no other province and that people name in its place. */
  readonly cities?: readonly string[];
}

/** In the order of their ISO 3166-2:TH codes. */
export const PROVINCES: readonly Province[] = data;

/** The Thai names, in the same order. */
export const PROVINCE_NAMES: readonly string[] = PROVINCES.map((province) => province.thai);
