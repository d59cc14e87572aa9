/** Thai words that browsers take for two, and would break in a narrow column, are held together by a word joiner. */
export const whole = (text: string): string =>
  text.replace(/(?<=โซ)(?=ลาร์)|(?<=ตะวัน)(?=ตก|ออก)|(?<=เฉียง)(?=เหนือ)|(?<=คืบ)(?=หน้า)/g, '\u2060');
