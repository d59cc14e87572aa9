/** คำที่เซิร์ฟเวอร์เขียนรอบวิดเจ็ต */
import type { Theme } from '../theme.ts';
import type { en } from './en.ts';

const THEMES: Record<Theme, string> = { system: 'ตามระบบ', light: 'สว่าง', dark: 'มืด' };

export const th: typeof en = {
  description: 'สถิติโครงการโซลาร์เซลล์แบบสด แยกตามภูมิภาค ประเภทสถานี และจังหวัด',
  skip: 'ข้ามไปยังเนื้อหา',
  navigation: 'หน้า',
  theme: (now: Theme, next: Theme) => `สีของหน้า: ${THEMES[now]} เปลี่ยนเป็น: ${THEMES[next]}`,
  filter: {
    label: 'ภูมิภาคหรือประเภทสถานี',
    everything: 'ทุกโครงการ',
    regions: 'ภูมิภาค',
    facilities: 'ประเภทสถานี',
    go: 'แสดง',
  },
  footer: {
    label: 'เกี่ยวกับหน้านี้',
    asOf: (time: string) => `ข้อมูล ณ ${time}`,
    revision: (revision: string) => `รุ่นข้อมูล ${revision}`,
    api: 'API',
    openapi: 'OpenAPI',
    widgets: 'วิดเจ็ต',
    operator: 'ผู้ดูแลระบบ',
    credit: 'แผนที่: Natural Earth',
  },
  guide: {
    copy: 'คัดลอก',
    columns: ['แอตทริบิวต์', 'ค่าเริ่มต้น', 'ความหมาย'],
    common: 'แอตทริบิวต์ที่ใช้ได้กับทุกวิดเจ็ต',
    widgets:
      'วิดเจ็ตทั้งหมดใช้ได้ในทุกหน้าเว็บ โดยใส่สคริปต์เพียงหนึ่งรายการ ตัวเลขเป็นปัจจุบันเสมอผ่านการเชื่อมต่อเดียวต่อหน้า การใช้กับเฟรมเวิร์ก Content-Security-Policy และสี: docs/widgets.md (คำอธิบายของแต่ละวิดเจ็ตเป็นภาษาอังกฤษ)',
    asFile: 'เป็นไฟล์:',
    parameters: ['พารามิเตอร์', 'ตำแหน่ง', 'ชนิด', 'ความหมาย'],
    required: 'จำเป็น',
    body: 'เนื้อหาคำขอ',
    answers: ['สถานะ', 'คำตอบ', 'โครงสร้าง'],
    problems: 'ข้อผิดพลาด',
    problemsText: 'คำตอบที่ไม่สำเร็จเป็นข้อผิดพลาดตาม RFC 9457 โดย type บอกประเภท',
    problemColumns: ['ประเภท', 'สถานะ', 'ความหมาย', 'วิธีแก้ไข'],
    shapes: 'โครงสร้างข้อมูล',
  },
  problem: {
    notFound: 'ไม่พบหน้านี้',
    notFoundText: 'ที่อยู่อาจพิมพ์ผิด หรือรายการนี้เปลี่ยนชื่อแล้ว',
    unavailable: 'ยังไม่มีข้อมูล',
    unavailableText: 'ระบบกำลังเริ่มทำงาน หรือฐานข้อมูลไม่ตอบสนอง หน้านี้จะลองใหม่โดยอัตโนมัติ',
    closed: 'หน้านี้ไม่เปิดให้ทุกคนเข้าชม',
    closedText: 'ต้องมีโทเค็นในส่วนหัว Authorization โปรดติดต่อผู้ดูแลระบบ หรือเข้าสู่ระบบในหน้าที่ฝังข้อมูลนี้',
    failed: 'เกิดข้อผิดพลาด',
    failedText: 'ไม่สามารถแสดงหน้านี้ได้',
    nearest: 'ชื่อที่ใกล้เคียงที่สุด:',
    home: 'ไปที่ภาพรวม',
    requestId: 'หมายเลขคำขอ',
  },
};
