import { describe, expect, test } from 'vitest';
import { provinceInText, provinceNamed, provinceOfCode } from '../../src/geography/find-province.ts';
import { PROVINCES } from '../../src/geography/provinces.ts';

/** An address and the province that it says; null where it says none for certain. */
type Row = readonly [address: string, province: string | null];

const tables: Record<string, readonly Row[]> = {
  'จังหวัด, จ. or "province" beside the name': [
    ['99/9 หมู่ 5 ถนนห้วยแก้ว ตำบลสุเทพ อำเภอเมืองเชียงใหม่ จังหวัดเชียงใหม่ 50200', 'เชียงใหม่'],
    ['ต.ในเมืองอ.เมืองจ.ขอนแก่น40000', 'ขอนแก่น'],
    ['อ.พล จ. ขอนแก่น', 'ขอนแก่น'],
    ['88 หมู่ 2 ต.ปากช่อง อ.ปากช่อง จ.โคราช', 'นครราชสีมา'],
    ['ต.หอรัตนไชย อ.พระนครศรีอยุธยา จ.อยุธยา', 'พระนครศรีอยุธยา'],
    ['ต.มะขามเตี้ย อ.เมือง จ.สุราษฎร์ฯ', 'สุราษฎร์ธานี'],
    ['ต.ปากพูน อ.เมือง จ.นครศรีฯ 80000', 'นครศรีธรรมราช'],
    ['อ.หัวหิน จ.ประจวบฯ', 'ประจวบคีรีขันธ์'],
    ['อ.เดิมบางนางบวช จ.สุพรรณ', 'สุพรรณบุรี'],
    ['อ.วารินชำราบ จ.อุบล', 'อุบลราชธานี'],
    ['จ เชียงราย อ แม่สาย', 'เชียงราย'],
    ['จังหวัด: ลำปาง', 'ลำปาง'],
    ['ศาลากลางจังหวัดน่าน', 'น่าน'],
    ['จังหวัดเลยประเทศไทย', 'เลย'],
    ['Moo 3, Tambon Nong Khwai, Amphoe Hang Dong, Changwat Chiang Mai', 'เชียงใหม่'],
    ['Mae Sot District, Tak Province 63110, Thailand', 'ตาก'],
    ['Hua Hin, Prachuap Khiri Khan Prov.', 'ประจวบคีรีขันธ์'],
    ['Province of Nan', 'น่าน'],
  ],
  'an address that ends with the name': [
    ['12 ซ.ลาดพร้าว 71 แขวงลาดพร้าว เขตลาดพร้าว กรุงเทพมหานคร 10230', 'กรุงเทพมหานคร'],
    ['400 ถนนประชาชื่น เขตหลักสี่ กทม. 10210', 'กรุงเทพมหานคร'],
    ['แขวงทุ่งสองห้อง เขตหลักสี่ กรุงเทพฯ', 'กรุงเทพมหานคร'],
    ['เขตดอนเมือง กรุงเทพ ฯ 10210', 'กรุงเทพมหานคร'],
    ['อ่างทอง เกาะสมุย สุราษฎร์ธานี 84140', 'สุราษฎร์ธานี'],
    ['วังสะพุง เลย 42130', 'เลย'],
    ['แม่สอด ตาก 63110', 'ตาก'],
    ['ปัว น่าน โทร. 054-791000', 'น่าน'],
    ['ปัว น่าน ๕๕๑๒๐', 'น่าน'],
    ['Pua, น่าน (Nan) 55120, Thailand', 'น่าน'],
    ['Tha Yang, Petchburi 76130', 'เพชรบุรี'],
    ['Lom Sak, Petchabun 67110', 'เพชรบูรณ์'],
    ['99/1 Moo 5, Suthep, Mueang Chiang Mai, Chiang Mai 50200, Thailand', 'เชียงใหม่'],
    ['18 Huay Kaew Road Chiang Mai 50200', 'เชียงใหม่'],
    ['Bang Pa-in, Ayutthaya', 'พระนครศรีอยุธยา'],
    ['Bang Pa-in, Phra Nakhon Sri Ayutthaya 13160', 'พระนครศรีอยุธยา'],
    ['Pak Chong, Korat', 'นครราชสีมา'],
    ['Lak Si, BKK', 'กรุงเทพมหานคร'],
    ['Kantharalak, Srisaket 33110', 'ศรีสะเกษ'],
    ['Thung Song, Nakorn Si Thammarat', 'นครศรีธรรมราช'],
    ['Takua Pa, Phang-Nga', 'พังงา'],
    ['Si Racha, ชลบุรี', 'ชลบุรี'],
  ],
  'the capital district or a branch of the waterworks that has the name': [
    ['ต.กุดป่อง อ.เมืองเลย', 'เลย'],
    ['เทศบาลเมืองน่าน', 'น่าน'],
    ['เทศบาลนครอุดรธานี ถ.อธิบดี', 'อุดรธานี'],
    ['กปภ.สาขา แพร่ (ชั้นพิเศษ)', 'แพร่'],
    ['การประปาส่วนภูมิภาคสาขาตาก', 'ตาก'],
    ['สำนักงาน กปภ. เชียงราย', 'เชียงราย'],
    ['Muang Phitsanulok', 'พิษณุโลก'],
    ['PWA Nan Branch', 'น่าน'],
  ],
  'what keyboards and PDF files make of Thai': [
    ['อ.เมือง จ.ล\u0e4d\u0e32ปาง', 'ลำปาง'],
    ['อ.เมือง จ.\u0e40\u0e40พร่', 'แพร่'],
    ['จังหวัด\u200bเชียง\u200bใหม่', 'เชียงใหม่'],
    ['อ.เมือง\u00a0จ.\u00a0น่าน', 'น่าน'],
    ['ก\u0e4d\u0e32แพงเพชร 62000', 'กำแพงเพชร'],
  ],
  'a street, temple, river or village that is called after another province': [
    ['ถนนเชียงใหม่-ลำปาง ต.อุโมงค์ อ.เมือง จ.ลำพูน', 'ลำพูน'],
    ['99 ถนนเชียงใหม่-ลำปาง ต.อุโมงค์', null],
    ['ทางหลวงสาย เชียงใหม่ - ลำปาง กม. 12', null],
    ['ถ.เชียงใหม่ ต.ในเมือง อ.เมือง จ.ขอนแก่น', 'ขอนแก่น'],
    ['ถนน ลพบุรี ต.ท่าวัง', null],
    ['วัดสระแก้ว อ.สรรพยา จ.ชัยนาท', 'ชัยนาท'],
    ['วัด สระแก้ว ต.หาดอาษา', null],
    ['ริมแม่น้ำน่าน ต.ในเมือง อ.เมืองพิษณุโลก', 'พิษณุโลก'],
    ['ริมแม่น้ำน่าน หน้าโรงสูบ', null],
    ['บ้านน่าน หมู่ 3', null],
    ['ต.พิจิตร อ.นาหม่อม', null],
    ['ต. อ่างทอง อ.เกาะสมุย', null],
    ['อ่างทอง เกาะสมุย', null],
    ['โรงพยาบาลกรุงเทพ พัทยา', null],
    ['Chiang Mai-Lampang Road, Umong, Lamphun 51150', 'ลำพูน'],
    ['Chiang Mai-Lampang Road, Umong', null],
    ['Surin Beach, Choeng Thale', null],
    ['Mu Ko Surin', null],
    ['Bangkok Hospital, Pattaya', null],
    ['Phra Phutthabat, Si Chiang Mai', null],
    ['ต.พานพร้าว อ.ศรีเชียงใหม่', null],
    ['Ban Mo, Phakdi Chumphon', null],
  ],
  'a name inside another word': [
    ['ถ.สมเด็จพระเจ้าตากสิน แขวงบุคคโล เขตธนบุรี', null],
    ['ถนนตากสิน เขตธนบุรี กทม.', 'กรุงเทพมหานคร'],
    ['ต.เจ๊ะเห อ.ตากใบ', null],
    ['ต.เจ๊ะเห อ.ตากใบ จ.นราธิวาส', 'นราธิวาส'],
    ['Tak Bai District', null],
    ['Tak Bai, Narathiwat', 'นราธิวาส'],
    ['อ.ตากฟ้า นครสวรรค์', 'นครสวรรค์'],
    ['ศูนย์เผยแพร่ความรู้ ต.บ้านใหม่', null],
    ['เดินตรงไปเลย 200 เมตร', null],
    ['เลยสี่แยกไป 200 เมตร', null],
    ['ตรงไป เลย', null],
    ['หมู่บ้านเชียงใหม่แลนด์', null],
    ['ถนนสุพรรณกัลยา ต.ในเมือง', null],
    ['ถ.กรุงเทพกรีฑา แขวงหัวหมาก', null],
    ['Wat Nanthaburi', null],
    ['Nantawan Village', null],
    ['Takhli', null],
  ],
  'a doubt': [
    ['จ.น่าน ต่อเขต จ.แพร่', null],
    ['ใกล้ จ.ลำปาง', null],
    ['ห่างจาก จ.ลำปาง 20 กม.', null],
    ['ห่างจากจังหวัดลำปาง 20 กม.', null],
    ['ติดจังหวัดลำปาง', null],
    ['ติดกับ จ.ลำปาง', null],
    ['ใกล้ จ.ลำปาง อ.แม่ทา จ.ลำพูน', 'ลำพูน'],
    ['near Lampang Province', null],
    ['20 km from Lampang Province', null],
    ['next to the province of Lampang', null],
    ['ถนนสาย เชียงราย', null],
    ['ถนนสายเชียงราย - พะเยา', null],
    ['ทางหลวงสาย เชียงราย', null],
    ['บจ.น่านก่อสร้าง', null],
    ['อ.เมือง', null],
    ['ต.ในเมือง อ.เมือง 40000', null],
    ['สุวรรณภูมิ', null],
    ['อ.ปาย แม่ฮ่องสอน, Chiang Mai', null],
    ['Pai, Chiang Mai, แม่ฮ่องสอน 58130', null],
    ['', null],
    ['-', null],
    ['จ.', null],
  ],
};

describe.each(Object.entries(tables))('%s', (_, rows) => {
  test.each(rows)('%s', (address, province) => {
    expect(provinceInText(address)?.province ?? null).toBe(province);
  });
});

test('every province is found in each way to write an address, and nowhere else', () => {
  for (const { thai, english } of PROVINCES) {
    const ways = [
      `1 ต.กลาง อ.กลาง จ.${thai} 10000`,
      `ตำบลกลางอำเภอกลางจังหวัด${thai}`,
      `กลาง อ.เมือง${thai}`,
      `กลาง กลาง ${thai} 10000`,
      `กปภ.สาขา${thai}`,
      `1 Moo 2, Klang, ${english} 10000`,
      `1 Moo 2, Klang, ${english.replaceAll(' ', '')}, Thailand`,
      `KLANG DISTRICT, ${english.toUpperCase()} PROVINCE`,
      `Mueang ${english}`,
    ];
    for (const way of ways) expect(provinceInText(way)?.province, way).toBe(thai);
    for (const other of [`ถนน${thai}`, `วัด${thai} ต.กลาง`, `Soi ${english}`, `${english} Road`])
      expect(provinceInText(other), other).toBeUndefined();
  }
});

test('the clearer an address is, the surer is the answer', () => {
  const ways = ['อ.เมือง จ.น่าน', 'อ.เมืองน่าน', 'เวียงสา น่าน', 'ลำปาง ถนนใหญ่ เวียงสา น่าน'];
  const confidences = ways.map((way) => provinceInText(way)?.confidence ?? 0);
  expect(confidences).toEqual([0.95, 0.9, 0.8, 0.6]);
});

test.each([
  ['เชียงใหม่', 'เชียงใหม่'],
  [' จังหวัดเชียงใหม่ ', 'เชียงใหม่'],
  ['จ.น่าน', 'น่าน'],
  ['กทม.', 'กรุงเทพมหานคร'],
  ['กรุงเทพฯ', 'กรุงเทพมหานคร'],
  ['Bangkok Metropolis', 'กรุงเทพมหานคร'],
  ['chiangmai', 'เชียงใหม่'],
  ['Chiang Mai Province', 'เชียงใหม่'],
  ['Changwat Nan', 'น่าน'],
  ['สุพรรณ', 'สุพรรณบุรี'],
  ['โคราช', 'นครราชสีมา'],
  ['Loburi', 'ลพบุรี'],
  ['buogkan', 'บึงกาฬ'],
  ['Udorn Thani', 'อุดรธานี'],
  ['จ.ศรีษะเกษ', 'ศรีสะเกษ'],
  ['ศรีษะเกษ', 'ศรีสะเกษ'],
  ['Petchburi', 'เพชรบุรี'],
  ['Petchabun', 'เพชรบูรณ์'],
  ['Petchaboon', 'เพชรบูรณ์'],
  ['เพชรบุรี', 'เพชรบุรี'],
  ['เพชรบูรณ์', 'เพชรบูรณ์'],
  ['เพชรบูรณ', 'เพชรบูรณ์'],
  ['Cholburi', 'ชลบุรี'],
  ['Kanjanaburi', 'กาญจนบุรี'],
  ['Nongbualumphu', 'หนองบัวลำภู'],
  ['Utaradit', 'อุตรดิตถ์'],
  ['Lumpang', 'ลำปาง'],
  ['Chaing Mai', 'เชียงใหม่'],
  ['Narathivas', 'นราธิวาส'],
  ['Nakorn Rajsima', 'นครราชสีมา'],
  ['Nakhon Ratchasima (Korat)', 'นครราชสีมา'],
  ['น่าน (Nan)', 'น่าน'],
  ['Nan, Thailand', 'น่าน'],
  ['จ.น่าน ประเทศไทย', 'น่าน'],
  ['Had Yai', 'สงขลา'],
  ['Hat Yai, Songkhla', 'สงขลา'],
  ['Pattaya', 'ชลบุรี'],
  ['พัทยา', 'ชลบุรี'],
  ['Pattaya (Rayong)', undefined],
  ['แพร่ / Nan', undefined],
  ['Nan, Thailand, Laos', undefined],
  ['Thailand', undefined],
  ['Lao', undefined],
  ['สุวรรณภูมิ', undefined],
  ['ตากใบ', undefined],
  ['เชียงใหม่ ลำพูน', undefined],
  ['', undefined],
])('a Province column that says %j means %s', (value, province) => {
  expect(provinceNamed(value)).toBe(province);
});

test.each([
  ['55120', 'น่าน'],
  ['๕๕๑๒๐', 'น่าน'],
  ['ต.ในเมือง อ.เมือง 40000', 'ขอนแก่น'],
  ['1 Moo 2, Bang Phli 10540, Thailand.', 'สมุทรปราการ'],
  ['ปัว น่าน 55120', 'น่าน'],
  ['ปัว น่าน 54000', undefined],
  ['70190', undefined],
  ['โทร. 055120', undefined],
  ['12345 ถนนใหญ่', undefined],
])('an address that says %j has the postal code of %s', (address, province) => {
  expect(provinceOfCode(address)).toEqual(
    province && { province, confidence: 0.6, evidence: expect.stringMatching(/^\d{5}$/) },
  );
});
