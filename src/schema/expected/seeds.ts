/** The rows that step 7 of the guide puts in. As in schema.ts, a test keeps them true. */

export interface SeedTable {
  table: string;
  /** The id, then the name, then the rest. */
  columns: readonly [id: string, name: string, ...others: string[]];
  /** A list stands for a jsonb array of which the row must have every member. */
  rows: readonly (readonly (string | readonly string[])[])[];
}

const NORTH = ['เชียงใหม่', 'เชียงราย', 'ลำปาง', 'ลำพูน', 'พะเยา', 'แพร่', 'น่าน'];
const CENTRE = ['กรุงเทพมหานคร', 'พิจิตร', 'พิษณุโลก', 'สุโขทัย', 'อุตรดิตถ์'];
const PWA = 'Provincial Waterworks Authority';
const MWA = 'Metropolitan Waterworks Authority';
const OURS = 'Solar Project Management';

/** An id of the guide's: one digit in every place. */
const id = (digit: string) => '00000000-0000-0000-0000-000000000000'.replaceAll('0', digit);
/** An id of the guide's SignalR groups. */
const groupId = (digit: string) => `f${id(digit).slice(1)}`;

export const expectedSeeds: readonly SeedTable[] = [
  {
    table: 'ProjectRegions',
    columns: ['RegionId', 'RegionName', 'RegionDisplayName', 'Description', 'Provinces'],
    rows: [
      [id('1'), 'northern', 'Northern Thailand', 'Northern region of Thailand', NORTH],
      [id('2'), 'western', 'Western Thailand', 'Western region of Thailand', ['ตาก']],
      [id('3'), 'central', 'Central Thailand', 'Central region including Bangkok', CENTRE],
      [id('4'), 'unknown', 'Unknown Region', 'Default region for unidentified locations', []],
    ],
  },
  {
    table: 'WaterFacilityTypes',
    columns: [
      'FacilityTypeId',
      'FacilityTypeName',
      'FacilityDisplayName',
      'Description',
      'Authority',
      'SignalRGroupName',
    ],
    rows: [
      [
        id('a'),
        'water_treatment',
        'Water Treatment Plant',
        'Water treatment facilities',
        PWA,
        'facility_water_treatment',
      ],
      [
        id('b'),
        'pumping_station',
        'Water Pumping Station',
        'Water pumping stations',
        PWA,
        'facility_pumping_station',
      ],
      [id('c'), 'reservoir', 'Water Reservoir', 'Water storage facilities', PWA, 'facility_reservoir'],
      [
        id('d'),
        'distribution_center',
        'Distribution Center',
        'Water distribution centers',
        MWA,
        'facility_distribution',
      ],
      [
        id('e'),
        'solar_installation',
        'Solar Installation Site',
        'Solar panel installation sites',
        OURS,
        'facility_solar_installation',
      ],
    ],
  },
  {
    table: 'SignalRGroups',
    columns: ['GroupId', 'GroupName', 'GroupType', 'Description'],
    rows: [
      [groupId('1'), 'all_users', 'global', 'Global system announcements'],
      [groupId('2'), 'role_admin', 'role', 'Administrative users'],
      [groupId('3'), 'role_manager', 'role', 'Project managers'],
      [groupId('4'), 'region_northern', 'region', 'Northern Thailand updates'],
      [groupId('5'), 'region_western', 'region', 'Western Thailand updates'],
      [groupId('6'), 'region_central', 'region', 'Central Thailand updates'],
      [groupId('7'), 'facility_water_treatment', 'facility', 'Water treatment updates'],
      [groupId('8'), 'facility_solar_installation', 'facility', 'Solar installation updates'],
      [groupId('9'), 'map_viewers', 'special', 'Real-time map updates'],
    ],
  },
];
