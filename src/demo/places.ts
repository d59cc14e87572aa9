import { PROVINCES, type Province } from '../geography/provinces.ts';

/** Where a demo project may lie. `region` is what its Region column says. */
export interface Place {
  province: string;
  english: string;
  region: string | null;
  latitude: number;
  longitude: number;
  before: string;
  after: string;
  client: string;
  authority: string;
}

const METROPOLITAN = new Set(['กรุงเทพมหานคร', 'นนทบุรี', 'สมุทรปราการ']);

function place(province: Province, region: string | null): Place {
  const { thai, english, latitude, longitude } = province;
  const metropolitan = METROPOLITAN.has(thai);
  const district = thai === 'พระนครศรีอยุธยา' ? thai : `เมือง${thai}`;
  return {
    ...{ province: thai, english, region, latitude, longitude },
    before: thai === 'กรุงเทพมหานคร' ? 'แขวง' : 'ตำบล',
    after: thai === 'กรุงเทพมหานคร' ? ` เขตบางเขน ${thai}` : ` อำเภอ${district} จังหวัด${thai}`,
    client: metropolitan ? 'การประปานครหลวง (กปน.)' : `การประปาส่วนภูมิภาค (กปภ.) สาขา${thai}`,
    authority: metropolitan ? 'Metropolitan Waterworks Authority' : 'Provincial Waterworks Authority',
  };
}

/** Of 300 slots most go to provinces that a region lists, and few to the others: 'unknown'. A few are not classified yet. */
const SLOTS = { listed: 279, unknown: 15, none: 6 };

/**
 * The slots that projects are dealt to, evenly mixed, so that the first twenty hold every region already.
 *
 * @param regions the provinces of each region that lists any
 */
export function places(regions: readonly { name: string; provinces: readonly string[] }[]): Place[] {
  const listed = new Set(regions.flatMap((region) => region.provinces));
  const others = PROVINCES.filter((province) => !listed.has(province.thai));
  const groups = regions.map(({ name, provinces }) => ({
    region: name as string | null,
    // The metropolis has more waterworks than a province.
    provinces: PROVINCES.filter((province) => provinces.includes(province.thai)).flatMap((province) =>
      METROPOLITAN.has(province.thai) ? [province, province, province] : [province],
    ),
  }));
  // Two more than it has, or a region of one province would hardly be seen.
  const weights = groups.map(({ provinces }) => (provinces.length === 0 ? 0 : provinces.length + 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => Math.round((SLOTS.listed * weight) / total));
  groups.push({ region: 'unknown', provinces: others }, { region: null, provinces: [...PROVINCES] });
  shares.push(SLOTS.unknown, SLOTS.none);

  return groups
    .flatMap(({ provinces, region }, group) => {
      const share = shares[group] ?? 0;
      return Array.from({ length: share }, (_, index) => ({
        position: (index + 0.5) / share,
        province: provinces[index % provinces.length],
        region,
      }));
    })
    .sort((a, b) => a.position - b.position)
    .flatMap(({ province, region }) => (province ? [place(province, region)] : []));
}
