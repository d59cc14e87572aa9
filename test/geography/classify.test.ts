import { expect, test } from 'vitest';
import { classify, type Targets, type UnclassifiedProject } from '../../src/geography/classify.ts';

const northern = { id: 'n', name: 'northern' };
const western = { id: 'w', name: 'western' };
const reservoir = { id: 'r', name: 'reservoir' };
const targets: Targets = {
  regions: new Map([
    ['น่าน', [northern]],
    ['ตาก', [western]],
    ['เชียงราย', [northern, western]],
  ]),
  facilityTypes: new Map([['reservoir', reservoir]]),
};
const empty: UnclassifiedProject = {
  ...{
    projectId: 'p',
    projectName: 'โครงการ',
    address: '-',
    province: null,
    region: null,
    facilityType: null,
  },
  ...{ latitude: null, longitude: null, regionAssignments: [], facilityAssignments: [] },
};
const of = (values: Partial<UnclassifiedProject>) => classify({ ...empty, ...values }, targets);

test.each([
  ['the Province column decides', { province: 'Tak', address: 'จ.น่าน' }, null, 'western', 1],
  ['then the address', { address: 'จ.น่าน', latitude: 16.88, longitude: 99.13 }, 'น่าน', 'northern', 0.95],
  ['then the coordinates', { address: 'ปัว 55120', latitude: 16.88, longitude: 99.13 }, 'ตาก', 'western', 0.9],
  ['then the postal code', { address: '๕๕๑๒๐' }, 'น่าน', 'northern', 0.6],
])('%s', (_, values, province, region, confidence) => {
  expect(of(values)).toMatchObject({ province, region: { name: region, confidence } });
});

test.each([
  ['nothing names a province', {}, null, 'Neither Province nor address nor coordinates name one province.'],
  [
    'no region lists it',
    { address: 'จ.ภูเก็ต' },
    'ภูเก็ต',
    'The address says "จ.ภูเก็ต". No active region lists ภูเก็ต.',
  ],
  [
    'several regions list it',
    { address: 'จ.เชียงราย' },
    'เชียงราย',
    'The address says "จ.เชียงราย". Several regions list เชียงราย: northern, western.',
  ],
])('no region is given where %s, and the reason is', (_, values, province, reason) => {
  const given = of(values);
  expect(given).toMatchObject({ province, region: null });
  expect(given.reasons[0]).toBe(reason);
});

test.each(['manual', 'import'])('an assignment by %s keeps what it is of, and only that', (method) => {
  const values = { address: 'จ.น่าน', projectName: 'อ่างเก็บน้ำ' };
  const left = `Left alone: it has an assignment by ${method}.`;
  const region = of({ ...values, regionAssignments: [{ id: 'w', method }] });
  expect(region).toMatchObject({ province: null, region: null, facility: { name: 'reservoir' } });
  expect(region.reasons).toEqual([left, 'The name says "อ่างเก็บน้ำ".']);
  const facility = of({ ...values, facilityAssignments: [{ id: 'x', method }] });
  expect(facility).toMatchObject({ province: 'น่าน', region: { name: 'northern' }, facility: null });
  // Nor does it where the province would be one that no region lists.
  expect(of({ address: 'จ.ภูเก็ต', regionAssignments: [{ id: 'w', method }] })).toMatchObject({
    province: null,
  });
});

test('a kind of facility that is not active is none', () => {
  const { facility, reasons } = of({ projectName: 'สถานีผลิตน้ำน่าน' });
  expect(facility).toBeNull();
  expect(reasons[1]).toBe('The name says "สถานีผลิตน้ำ". No facility type water_treatment is active.');
});
