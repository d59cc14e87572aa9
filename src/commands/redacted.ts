/** The address of a database without its password. */
export function redacted(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    // Settings such as sslpassword may stand there.
    parsed.search = '';
    return parsed.href;
  } catch {
    return 'as set in DATABASE_URL';
  }
}
