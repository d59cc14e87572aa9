/** ภาษาไทย */
import type { en } from './en.ts';

export const th: typeof en = {
  product: 'โครงการโซลาร์เซลล์',
  nav: { overview: 'ภาพรวม', regions: 'ภูมิภาค', facilities: 'ประเภทสถานี', map: 'แผนที่' },
  demo: { label: 'ข้อมูลตัวอย่าง', text: 'โครงการเหล่านี้สร้างขึ้นเพื่อการสาธิต กำหนด DATABASE_URL เพื่อแสดงข้อมูลของท่าน' },
  state: {
    loading: 'กำลังโหลด',
    live: 'สด',
    polling: 'ทุกไม่กี่วินาที',
    reconnecting: 'กำลังเชื่อมต่อใหม่',
    stale: 'ข้อมูลเก่า',
    behind: 'ล่าช้า',
  },
  menu: { label: 'ข้อมูล', chart: 'กราฟ', table: 'ตาราง', csv: 'CSV', json: 'JSON' },
  number: { in30Days: 'ใน 30 วัน', in7Days: 'จากสัปดาห์ก่อน', noChange: 'ไม่เปลี่ยนแปลง' },
  status: { heading: 'สถานะ', projects: (count: string) => `${count} โครงการ` },
  projects: 'โครงการ',
  missing: 'ยังไม่มีข้อมูล',
  unknownScope: 'ไม่มีขอบเขตนี้',
};
