/** Which types and defaults do as well as those that are expected. */

/**
 * What EF Core makes wider does no harm: `text` or a longer `varchar` in place of varchar(n), a numeric with as many
 * digits or more on either side of the point in place of numeric(p,s). `expected`: several joined by ` or `, or `any type`.
 */
export function isAcceptableType(type: string, expected: string): boolean {
  return (
    expected === 'any type' || alternatives(expected).some((one) => holds(capacity(type), capacity(one)))
  );
}

/** Whether it holds the same kind of value, if perhaps not every one. */
export function isSameKind(type: string, expected: string): boolean {
  return (
    expected === 'any type' ||
    alternatives(expected).some((one) => capacity(one).kind === capacity(type).kind)
  );
}

interface Capacity {
  kind: string;
  /** Letters; or digits before and after the point. */
  room: readonly number[];
}

function capacity(type: string): Capacity {
  const text = /^(?:text|character varying(?:\((\d+)\))?)$/.exec(type);
  if (text) return { kind: 'text', room: [Number(text[1] ?? Infinity)] };
  const number = /^numeric(?:\((\d+),(-?\d+)\))?$/.exec(type);
  if (!number) return { kind: type, room: [] };
  const [, precision = Infinity, scale = Infinity] = number;
  const before = precision === Infinity ? Infinity : Number(precision) - Number(scale);
  return { kind: 'numeric', room: [before, Number(scale)] };
}

function holds(given: Capacity, wanted: Capacity): boolean {
  return given.kind === wanted.kind && wanted.room.every((size, axis) => size <= (given.room[axis] ?? 0));
}

function alternatives(expected: string): string[] {
  return expected.split(' or ');
}

/** Whether two defaults give the same value: `0`, `0.0` and `'0'::numeric`; `now()` and `CURRENT_TIMESTAMP`. */
export function isSameDefault(one: string, other: string): boolean {
  return meaning(one) === meaning(other);
}

function meaning(expression: string): string {
  const bare = expression.replace(/::[a-z ]+(\(\d+(,\d+)?\))?/g, '').replace(/[()']/g, '');
  if (bare === 'CURRENT_TIMESTAMP') return 'now';
  if (bare === 'uuid_generate_v4') return 'gen_random_uuid';
  return /^-?[\d.]+$/.test(bare) ? String(Number(bare)) : bare;
}
