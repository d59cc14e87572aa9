/**
 * Which kind of water facility a project's name means. Values are the names that sql/008 gives the kinds
 * ("WaterFacilityTypes"."FacilityTypeName").
 */
import { plain } from './province-names.ts';

export interface FacilityInName {
  facilityType: string;
  /** 0 to 1. */
  confidence: number;
  /** The words that decided. */
  evidence: string;
}

/** In each script what comes first in the list wins where several begin at one place. `plain` has been over the name. */
const KINDS: readonly { facilityType: string; thai: string; english: string }[] = [
  {
    facilityType: 'distribution_center',
    thai: 'สถานี(?:สูบ)?จ่ายน้ำ|โรง(?:สูบ)?จ่ายน้ำ|ศูนย์จ่ายน้ำ',
    english:
      '(?:water )?distribution (?:pump(?:ing)? )?(?:cent(?:er|re)|station|plant)|pump(?:ing)? (?:and|&) distribution station',
  },
  {
    facilityType: 'water_treatment',
    thai: 'สถานีผลิต(?:และจ่าย)?น้ำ|โรง(?:งาน)?ผลิตน้ำ|สถานีกรองน้ำ|โรงกรอง(?:น้ำ)?|ระบบผลิตน้ำ',
    // Waste water is no kind of facility here.
    english:
      '(?<!waste[ -]?)water (?:treatment|production|filtration|purification)(?: (?:plant|station|facility|works))?|wtp',
  },
  {
    facilityType: 'pumping_station',
    thai: 'โรงสูบ|สถานีสูบ|โรงปั๊มน้ำ|สถานีเพิ่มแรงดัน',
    english: 'pump(?:ing)? ?(?:station|house|plant)|booster station',
  },
  {
    facilityType: 'reservoir',
    thai: 'อ่างเก็บน้ำ|ถังน้ำ|ถังเก็บน้ำ|ถังพักน้ำ|หอถัง|สระเก็บน้ำ|สระพักน้ำ|สระน้ำดิบ',
    english: 'reservoirs?|(?:water|storage|elevated|clear ?water) (?:storage )?tanks?|water tower',
  },
];

/** Every project here is about solar power, so only words for a place that is nothing else decide. */
const SOLAR_SITE =
  /โซลาร์ ?ฟาร์ม|โซล่า(?:ร์)? ?ฟาร์ม|โรงไฟฟ้าพลังงานแสงอาทิตย์|ทุ่งโซลาร์|(?<![a-z])solar (?:farm|park|installation|power (?:plant|station))/;

/** A street, village or neighbour that is called after a facility. */
const NOT_AFTER =
  /(?:(?:ถนน|ถ\.|ซอย|ซ\.|บ้าน|ชุมชน|ตลาด|วัด|โรงเรียน|แยก|ใกล้|ข้าง|ติด) ?|(?:near|beside|next to) (?:the )?)$/;
const THAI_KIND = kindPattern(({ thai }) => thai);
const ENGLISH_KIND = kindPattern(({ english }) => `(?<![a-z])(?:${english})(?![a-z]| road| rd)`);

/**
 * The kind that a name in Thai or English means. Of several, Thai puts the one that is meant first (the pumping
 * station of a reservoir); English may put it last, and then none is the answer, as where no kind is named.
 */
export function facilityInName(name: string): FacilityInName | undefined {
  const text = plain(name);
  const thai = kindsIn(text, THAI_KIND);
  const kinds = thai.length > 0 ? thai : kindsIn(text, ENGLISH_KIND);
  const [first] = kinds;
  if (!first) {
    const solar = SOLAR_SITE.exec(text)?.[0];
    return solar === undefined
      ? undefined
      : { facilityType: 'solar_installation', confidence: 0.8, evidence: solar };
  }
  const alone = kinds.every(({ facilityType }) => facilityType === first.facilityType);
  if (!alone && thai.length === 0) return undefined;
  return { ...first, confidence: alone ? 0.9 : 0.7 };
}

function kindPattern(words: (kind: (typeof KINDS)[number]) => string): RegExp {
  return new RegExp(KINDS.map((kind) => `(${words(kind)})`).join('|'), 'g');
}

function kindsIn(text: string, pattern: RegExp): { facilityType: string; evidence: string }[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const [evidence, ...groups] = match;
    const kind = KINDS[groups.findIndex((group) => group !== undefined)];
    return kind && !NOT_AFTER.test(text.slice(0, match.index))
      ? [{ facilityType: kind.facilityType, evidence }]
      : [];
  });
}
