/** Names of time zones: a zone has several (Asia/Saigon, Asia/Ho_Chi_Minh), and their case means nothing. */

/** The one name that this runtime has for the zone. @throws RangeError where it knows none of that name */
const canonical = (name: string) =>
  new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;

export function isTimeZone(name: string): boolean {
  try {
    canonical(name);
    // An offset such as +07:00 has no rules, and PostgreSQL takes its sign the other way round.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/** What names both is one zone. A name that this runtime does not know equals itself. */
export function isSameZone(one: string, other: string): boolean {
  return one === other || (isTimeZone(one) && isTimeZone(other) && canonical(one) === canonical(other));
}
