/** The words that demo data is made of. Plain data: order and weights decide what a seed gives. */

export const STATUS_NAMES = ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];

/** How statuses are shared out: each place has the same weight, and the first projects take them in this order. */
export const STATUS_SHARES = [1, 2, 0, 1, 3, 2, 4, 1, 0, 2, 1, 2, 1, 0, 3, 2, 1, 1, 2, 0];

/** What a project is built at: `${lead} ${site}${province}`. Repeated entries weigh more. */
export const SITES = [
  { facility: 'water_treatment', lead: 'โซลาร์รูฟท็อป', site: 'สถานีผลิตน้ำ' },
  { facility: 'pumping_station', lead: 'ระบบโซลาร์เซลล์', site: 'โรงสูบน้ำแรงสูง' },
  { facility: 'reservoir', lead: 'โซลาร์ลอยน้ำ', site: 'อ่างเก็บน้ำ' },
  { facility: 'distribution_center', lead: 'โซลาร์รูฟท็อป', site: 'สถานีจ่ายน้ำ' },
  { facility: 'solar_installation', lead: 'โซลาร์ฟาร์ม', site: 'การประปาสาขา' },
  { facility: 'water_treatment', lead: 'โซลาร์รูฟท็อป', site: 'สถานีผลิตน้ำ' },
  { facility: 'pumping_station', lead: 'โซลาร์รูฟท็อป', site: 'โรงสูบน้ำแรงต่ำ' },
  { facility: 'water_treatment', lead: 'โซลาร์ลอยน้ำ', site: 'โรงกรองน้ำ' },
  { facility: 'distribution_center', lead: 'ระบบโซลาร์เซลล์', site: 'สถานีจ่ายน้ำ' },
  { facility: 'reservoir', lead: 'โซลาร์รูฟท็อป', site: 'ถังน้ำใส' },
  { facility: 'water_treatment', lead: 'ระบบโซลาร์เซลล์', site: 'สถานีผลิตน้ำ' },
  { facility: 'pumping_station', lead: 'โซลาร์รูฟท็อป', site: 'โรงสูบน้ำดิบ' },
  { facility: 'solar_installation', lead: 'โซลาร์ฟาร์ม', site: 'การประปาเขต' },
];

/** Names of tambons that many provinces have, none of which holds the name of a province. */
export const SUBDISTRICTS = `
  ในเมือง บ้านใหม่ หนองบัว ท่าช้าง ดอนแก้ว บ้านกลาง ป่าแดด ท่าศาลา สันทราย วังทอง คลองใหม่ หนองไผ่
  นาดี โคกสูง ท่าโพธิ์ หัวรอ`
  .trim()
  .split(/\s+/);

export const AWKWARD_SUFFIX = ` 'ใหม่' "พิเศษ" C:\\solar ☀️🚰`;

export const MANAGERS = [
  { username: 'demo.somchai', fullName: 'สมชาย ใจดี' },
  { username: 'demo.malee', fullName: 'มาลี ศรีสุข' },
  { username: 'demo.prasert', fullName: 'ประเสริฐ วงศ์ทอง' },
  { username: 'demo.wilai', fullName: 'วิไล แสงอรุณ' },
  { username: 'demo.anan', fullName: 'อนันต์ บุญมา' },
  { username: 'demo.kanya', fullName: 'กัญญา พรหมดี' },
];

/** What happens in a project, as ProjectActivityFeed has it. Repeated entries weigh more. */
export const ACTIVITIES = [
  { type: 'updated', entity: 'project', title: 'ปรับปรุงข้อมูลโครงการ', severity: 0 },
  { type: 'created', entity: 'daily_report', title: 'ส่งรายงานประจำวัน', severity: 0 },
  { type: 'updated', entity: 'task', title: 'อัปเดตความคืบหน้างานติดตั้งแผง', severity: 1 },
  { type: 'created', entity: 'daily_report', title: 'ส่งรายงานประจำวันพร้อมรูปถ่าย', severity: 0 },
  { type: 'milestone_reached', entity: 'project', title: 'ติดตั้งอินเวอร์เตอร์แล้วเสร็จ', severity: 2 },
  { type: 'created', entity: 'work_request', title: 'แจ้งซ่อมสายไฟฟ้ากระแสตรง', severity: 3 },
  { type: 'location_updated', entity: 'project', title: 'ปรับพิกัดที่ตั้งโครงการ', severity: 1 },
  { type: 'status_changed', entity: 'project', title: 'เปลี่ยนสถานะโครงการ', severity: 2 },
  { type: 'updated', entity: 'work_request', title: 'ปิดใบแจ้งซ่อม', severity: 1 },
];

/**
 * What real databases hold besides tidy rows. From 100 projects on each kind occurs at least once, and then once more
 * in every further thousand. projects.ts says what each does to a row.
 */
export const ODDITIES = `
  no-region no-province no-facility region-in-capitals unknown-region facility-in-mixed-case
  unknown-facility english-province unknown-province quotes-and-emoji no-amounts end-before-start
  no-coordinates half-coordinates no-dates completed-without-date
  no-manager`
  .trim()
  .split(/\s+/);
