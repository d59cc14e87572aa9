import { expect, test } from 'vitest';
import { formatIn } from '../../src/dashboard/format.ts';

const [en, th] = [formatIn('en', 'Asia/Bangkok'), formatIn('th', 'Asia/Bangkok')];

test('a percentage always has one decimal', () => {
  expect([9, 32.94, 100].map(en.percent)).toEqual(['9.0 %', '32.9 %', '100.0 %']);
});

test('a quantity gets the unit that suits its size, with one decimal where it was divided', () => {
  expect(en.text(437_913.07, 'kW')).toBe('437.9 MW');
  expect(en.text(149_000, 'kW')).toBe('149.0 MW');
  expect(en.text(640, 'kW')).toBe('640 kW');
  expect(en.text(13_198_804_525.93, 'THB')).toBe('13.2 billion THB');
  expect(th.text(4_500_000, 'THB')).toBe('4.5 ล้านบาท');
  expect(en.text(1_000, 'projects')).toBe('1,000');
});

test('a tick of an axis has no decimal that is 0', () => {
  expect(en.quantity(400_000, 'kW', 0)).toEqual({ value: '400', unit: 'MW' });
});

test('an instant with its day names the time zone, in summer that of summer', () => {
  const berlin = formatIn('en', 'Europe/Berlin');
  expect(berlin.dateTime('2026-07-27T03:42:33Z')).toBe('27 July 2026 at 05:42:33 CEST');
  expect(berlin.dateTime('2026-11-27T03:42:33Z')).toBe('27 November 2026 at 04:42:33 CET');
});

test('days and instants are those of the Buddhist era in Thai, with Latin digits', () => {
  expect(th.day('2026-11-27')).toBe('27 พ.ย. 2569');
  expect(en.day('2026-11-27')).toBe('27 Nov 2026');
  expect(th.month('2026-11')).toBe('พ.ย.');
  expect(en.time('2026-11-27T03:42:33Z')).toBe('10:42:33');
  expect(en.dateTime('2026-11-27T03:42:33Z')).toBe('27 November 2026 at 10:42:33 GMT+7');
  expect(th.dateTime('2026-11-27T03:42:33Z')).toBe('27 พฤศจิกายน 2569 เวลา 10:42:33 GMT+7');
});
