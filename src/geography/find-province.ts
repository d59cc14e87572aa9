/**
 * Which province an address or a Province column means. Thai writes words without spaces, and streets, temples,
 * villages and rivers are named after provinces that they are not in, so the words around a name decide whether it
 * counts. In doubt there is no answer: a project without a region is seen and corrected, one in a wrong region is not.
 */
import { provinceOfPostcode } from './postcodes.ts';
import { type NameInText, plain, provinceNames } from './province-names.ts';

export interface ProvinceInText {
  /** Thai name. */
  province: string;
  /** 0 to 1. */
  confidence: number;
  /** The words that decided. */
  evidence: string;
}

/** A Thai letter, vowel or tone mark: no end of a word. Without ฯ, which ends one. */
const THAI = '[\\u0e01-\\u0e2e\\u0e30-\\u0e3a\\u0e40-\\u0e45\\u0e47-\\u0e4e]';
const ENDS_HERE = new RegExp(`^(?!${THAI})`);
const WORD_STARTS = '(?:^|[ ,;:(/"])';

/** จ. is no abbreviation of จังหวัด where it ends another one, as in บจ. (company). */
const MARK_BEFORE = new RegExp(
  `(?:จังหวัด|(?<!(?:^|[^.\\u0e00-\\u0e7f])[ก-ฮ]{1,3})จ\\.(?:ว\\.)?|(?<!${THAI}|\\.)จ(?= )|(?<![a-z])(?:chang ?wat|jang ?wat|province (?:of|:)))[ :]*$`,
);
const MARK_AFTER = /^ ?(?:province|prov\.)(?![a-z])/;

/** The capital district, a municipality or a branch of the waterworks that has the province's name lies in it. */
const SEAT_BEFORE = new RegExp(
  `(?:(?:(?<=${WORD_STARTS})|(?:อ|ต)\\.|อำเภอ|เทศบาล|ตัว)เมือง|เทศบาลนคร|สาขา|กปภ\\.?|(?:^| )(?:การ)?ประปา|(?<![a-z])(?:m(?:ue|u|eu)ang|pwa|branch(?: of)?)) ?$`,
);
const SEAT_AFTER = /^ (?:branch|(?:provincial )?waterworks)(?![a-z])/;

/** What the name is the name of, if not of the province. */
const OTHER_BEFORE = new RegExp(
  `(?:${WORD_STARTS}(?:ถนน|ถนนสาย|ทางหลวงสาย|ซอย|ตรอก|สาย|แยก|สี่แยก|สะพาน|วัด|บ้าน|หมู่บ้าน|ชุมชน|ตำบล|แขวง|อำเภอ|แม่น้ำ|ลำน้ำ|คลอง|เกาะ|โรงเรียน|โรงพยาบาล|โรงแรม|ธนาคาร|ตลาด|ค่าย|มหาวิทยาลัย|ใกล้)|[ก-ฮ]{1,4}\\.|(?<![a-z])(?:tambon|tambol|t\\.|khwaeng|amphoe|amphur|a\\.|soi|thanon|wat|ban|baan|ko|koh|near|sr?i)) ?$|- ?$`,
);

/** The name says what is near, or how far away it is. */
const NEAR_BEFORE = /(?:ใกล้|ห่างจาก|ติด(?:กับ|ต่อ)?|(?<![a-z])(?:near|beside|next to|from)(?: the)?) ?$/;

/** Nothing comes after an address but its postal code, the country and telephone numbers. */
const TAIL = /^(?:[ ,.)]|\d{5}|ประเทศไทย|ไทย|thailand)*(?:$|โทร|tel)/;
/** An English name is followed by the end of its part of the address; otherwise it begins another name. */
const PART_ENDS = /^[ .]*(?:$|[,;()/]|\d{5}|thailand)/;

/** Also names of tambons elsewhere, or words of other meaning: alone they count at the end of an address only. */
const AMBIGUOUS = new Set('ศรีสะเกษ สระแก้ว อ่างทอง ตรัง ชุมพร พิจิตร ลำพูน กำแพงเพชร ตาก แพร่ น่าน เลย'.split(' '));
/** "Past" or "at all" in most sentences: alone it counts before a postal code only. */
const ADVERB = 'เลย';
/** An English name that may be the end of a longer one, as in Phakdi Chumphon. */
const CONTINUES = /[a-z] $/;

const BETWEEN_NAMES = /[(),/|;]/;
const COUNTRY_AT_END = /(?:^| )(?:ประเทศไทย|ไทย|thailand)\.?$/;

/**
 * The province (Thai name) that a Province column names, in any spelling, also by a city of its own, in several languages or with
 * the country; undefined where it names none, or its parts disagree.
 */
export function provinceNamed(value: string): string | undefined {
  const parts = plain(value)
    .split(BETWEEN_NAMES)
    .map((part) => part.trim().replace(COUNTRY_AT_END, ''))
    .filter((part) => part !== '');
  const [first, ...others] = parts.map(wholeName);
  return others.every((other) => other === first) ? first : undefined;
}

function wholeName(text: string): string | undefined {
  const whole = provinceNames(text, true).find(
    ({ start, end }) =>
      (start === 0 || MARK_BEFORE.exec(text.slice(0, start))?.index === 0) &&
      /^ ?ฯ?\.?(?: ?(?:province|metropolis))?$/.test(text.slice(end)),
  );
  return whole?.province;
}

const CODE_AT_END = /(?<!\d)(\d{5})[ ,.]*(?:ประเทศไทย|thailand)?[ ,.]*$/;

/** The province of the postal code that an address ends with; undefined where the address names another one. */
export function provinceOfCode(address: string): ProvinceInText | undefined {
  const text = plain(address);
  const evidence = CODE_AT_END.exec(text)?.[1];
  const province = evidence && provinceOfPostcode(evidence);
  if (!province || readingsOf(text).some((name) => name.province !== province)) return undefined;
  return { province, confidence: 0.6, evidence };
}

/**
 * The province that an address in Thai or English names; undefined where it names none, several for certain, or one in Thai and
 * another in English.
 */
export function provinceInText(address: string): ProvinceInText | undefined {
  const readings = readingsOf(plain(address));
  const marked = readings.filter(({ kind }) => kind === 'marked');
  const [first] = marked;
  if (first)
    return marked.every(({ province }) => province === first.province) ? answer(first, 0.95) : undefined;
  const last = readings.at(-1);
  const lastInOther = readings.findLast(({ english }) => english !== last?.english);
  if (!last || (lastInOther && lastInOther.province !== last.province)) return undefined;
  const alone = readings.every(({ province }) => province === last.province);
  return answer(last, alone ? (last.kind === 'seat' ? 0.9 : 0.8) : 0.6);
}

interface Reading {
  province: string;
  english: boolean;
  kind: 'marked' | 'seat' | 'bare';
  evidence: string;
}

function readingsOf(text: string): Reading[] {
  return provinceNames(text).flatMap((name) => reading(text, name) ?? []);
}

/** What the words around a name make of it; undefined where it does not stand for the province. */
function reading(text: string, { province, short, start, end }: NameInText): Reading | undefined {
  const before = text.slice(0, start);
  const after = text.slice(end).replace(/^ ?ฯ/, '');
  const abbreviated = /^ ?ฯ/.test(text.slice(end));
  const english = /[a-z]/.test(text.slice(start, end));
  const mark = MARK_BEFORE.exec(before)?.[0] ?? '';
  if (NEAR_BEFORE.test(before.slice(0, before.length - mark.length))) return undefined;
  if ((mark && (!short || ENDS_HERE.test(after))) || MARK_AFTER.test(after))
    return { province, english, kind: 'marked', evidence: (mark + text.slice(start, end)).trim() };
  if ((short && !abbreviated) || !ENDS_HERE.test(after)) return undefined;
  const seat = SEAT_BEFORE.exec(before)?.[0] ?? '';
  if (seat || SEAT_AFTER.test(after))
    return { province, english, kind: 'seat', evidence: (seat + text.slice(start, end)).trim() };
  const startsHere = english || new RegExp(`${WORD_STARTS}$`).test(before);
  if (!startsHere || OTHER_BEFORE.test(before) || /^ ?- ?[^\d ]/.test(after)) return undefined;
  if (english && !PART_ENDS.test(after)) return undefined;
  const postalCode = /^[ ,]*\d{5}/.test(after);
  if (text.slice(start, end) === ADVERB && !postalCode) return undefined;
  if (AMBIGUOUS.has(province) && (!TAIL.test(after) || (CONTINUES.test(before) && !postalCode)))
    return undefined;
  return { province, english, kind: 'bare', evidence: text.slice(start, end) };
}

function answer({ province, evidence }: Reading, confidence: number): ProvinceInText {
  return { province, confidence, evidence };
}
