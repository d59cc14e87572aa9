import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { facilityInName } from '../../src/geography/find-facility.ts';

const rows: readonly (readonly [name: string, facilityType: string | undefined])[] = [
  ['โซลาร์รูฟท็อป สถานีผลิตน้ำเชียงใหม่ เฟส 2', 'water_treatment'],
  ['โครงการติดตั้งโซลาร์เซลล์ โรงกรองน้ำบางเขน', 'water_treatment'],
  ['โรงกรองน้ำ กปภ.สาขาน่าน', 'water_treatment'],
  ['สถานีผลิตน\u0e49\u0e4d\u0e32แม่แตง', 'water_treatment'],
  ['Bang Khen Water Treatment Plant', 'water_treatment'],
  ['WTP Mae Taeng', 'water_treatment'],
  ['Solar rooftop, Mahasawat water production plant', 'water_treatment'],
  ['ระบบโซลาร์เซลล์ โรงสูบน้ำแรงสูงลำปาง', 'pumping_station'],
  ['สถานีสูบน้ำดิบอ่างเก็บน้ำหนองค้อ', 'pumping_station'],
  ['สถานีเพิ่มแรงดันบางพลี', 'pumping_station'],
  ['Raw Water Pumping Station 3', 'pumping_station'],
  ['Booster pump station Rayong', 'pumping_station'],
  ['โซลาร์ลอยน้ำ อ่างเก็บน้ำแม่งัด', 'reservoir'],
  ['โซลาร์รูฟท็อป ถังน้ำใส 3000 ลบ.ม.', 'reservoir'],
  ['หอถังสูง กปภ.สาขาแพร่', 'reservoir'],
  ['Nong Pla Lai Reservoir floating solar', 'reservoir'],
  ['Clear water tank, Nan', 'reservoir'],
  ['สถานีจ่ายน้ำลาดกระบัง', 'distribution_center'],
  ['สถานีสูบจ่ายน้ำลาดพร้าว', 'distribution_center'],
  ['Lat Phrao Distribution Pumping Station', 'distribution_center'],
  ['Water distribution center Bang Na', 'distribution_center'],
  ['โซลาร์ฟาร์ม การประปาสาขาเชียงราย', 'solar_installation'],
  ['Solar farm Chiang Rai', 'solar_installation'],
  ['โซลาร์รูฟท็อป สำนักงานใหญ่ กปภ.', undefined],
  ['Solar rooftop head office', undefined],
  ['Wastewater treatment plant Si Phraya', undefined],
  ['Waste Water Treatment Plant', undefined],
  ['Waste-water treatment plant', undefined],
  ['โซลาร์รูฟท็อป ถนนโรงกรองน้ำ', undefined],
  ['สำนักงานใกล้อ่างเก็บน้ำ', undefined],
  ['Office near the reservoir', undefined],
  ['Pumping station at Nong Kho Reservoir', undefined],
  ['', undefined],
];

test.each(rows)('%j is of the kind %s', (name, facilityType) => {
  expect(facilityInName(name)?.facilityType).toBe(facilityType);
});

test('the kinds are those of the seed', () => {
  const seed = readFileSync(new URL('../../sql/008_seed_2_1.sql', import.meta.url), 'utf8');
  const kinds = new Set(rows.flatMap(([name]) => facilityInName(name)?.facilityType ?? []));
  expect(kinds.size).toBe(5);
  for (const kind of kinds) expect(seed).toContain(`'${kind}'`);
});

test('of several kinds in Thai the first is meant, less surely', () => {
  expect(facilityInName('โรงสูบน้ำ สถานีผลิตน้ำเชียงใหม่')).toEqual({
    facilityType: 'pumping_station',
    confidence: 0.7,
    evidence: 'โรงสูบ',
  });
});
