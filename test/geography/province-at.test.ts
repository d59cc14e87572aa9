import { expect, test } from 'vitest';
import { provinceAt } from '../../src/geography/province-at.ts';
import shapes from '../../src/geography/province-shapes.json' with { type: 'json' };
import { PROVINCE_NAMES, PROVINCES } from '../../src/geography/provinces.ts';

test('there is a shape for each of the 77 provinces', () => {
  expect(Object.keys(shapes.shapes)).toEqual(PROVINCE_NAMES);
});

test('the seat of every province lies in its shape', () => {
  for (const { thai, latitude, longitude } of PROVINCES)
    expect(provinceAt(latitude, longitude)?.province, thai).toBe(thai);
});

test.each([
  ['Doi Inthanon', 18.5885, 98.4867, 'เชียงใหม่'],
  ['Pai', 19.3583, 98.4405, 'แม่ฮ่องสอน'],
  ['Mae Sot', 16.7131, 98.5747, 'ตาก'],
  ['Pattaya', 12.9236, 100.8825, 'ชลบุรี'],
  ['Ko Samui', 9.512, 100.0136, 'สุราษฎร์ธานี'],
  ['Hat Yai', 7.0084, 100.4767, 'สงขลา'],
  ['Suvarnabhumi Airport', 13.69, 100.7501, 'สมุทรปราการ'],
  ['Bueng Khong Long', 17.95, 104.05, 'บึงกาฬ'],
  ['Bang Khen water treatment plant', 13.8807, 100.5553, 'กรุงเทพมหานคร'],
])('%s lies where it lies', (_, latitude, longitude, province) => {
  expect(provinceAt(latitude, longitude)?.province).toBe(province);
});

test.each([
  ['Vientiane', 18.02, 102.63],
  ['Yangon', 16.8409, 96.1735],
  ['the Gulf of Thailand', 11, 100.6],
  ['zero', 0, 0],
  ['latitude and longitude exchanged', 100.5018, 13.7563],
  ['not a number', Number.NaN, 100],
])('%s is in no province', (_, latitude, longitude) => {
  expect(provinceAt(latitude, longitude)).toBeUndefined();
});

test('near a border it says so', () => {
  expect(provinceAt(18.7883, 98.9853)).toEqual({ province: 'เชียงใหม่', nearBorder: false });
  expect(provinceAt(13.8591, 100.5217)).toEqual({ province: 'นนทบุรี', nearBorder: true });
});

test('a pier a kilometre off the shore belongs to the shore', () => {
  expect(provinceAt(12.92, 100.855)).toEqual({ province: 'ชลบุรี', nearBorder: true });
});

test('a point outside of every shape between two provinces is in neither', () => {
  // In the Mekong, where หนองคาย and บึงกาฬ meet.
  expect(provinceAt(18.305, 103.286)).toBeUndefined();
});
