/** Which types and defaults do as well as those that are expected. */

/**
 * What EF Core makes wider does no harm: `text` or a longer `varchar` in place of varchar(n), a numeric with as many
 * digits or more on either side of the point in place of numeric(p,s). `expected`: several joined by ` or `, or `any type`.
 */
export function isAcceptableType(type: string, expected: string): boolean {
  const given = capacity(type);
  return alternatives(
    expected,
    ({ kind, room }) => kind === given.kind && room.every((size, axis) => size <= (given.room[axis] ?? 0)),
  );
}

/** Whether it holds the same kind of value, if perhaps not every one. */
export function isSameKind(type: string, expected: string): boolean {
  return alternatives(expected, ({ kind }) => kind === capacity(type).kind);
}

function alternatives(expected: string, fits: (wanted: Capacity) => boolean): boolean {
  return expected === 'any type' || expected.split(' or ').some((one) => fits(capacity(one)));
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
  if (number[1] === undefined) return { kind: 'numeric', room: [Infinity, Infinity] };
  const [precision, scale] = [Number(number[1]), Number(number[2])];
  return { kind: 'numeric', room: [precision - scale, scale] };
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
