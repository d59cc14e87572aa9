/** How a column of schema.ts is read, and which other columns do as well. */

export interface ExpectedColumn {
  /** One type, several joined by ` or `, or `any type`. */
  type: string;
  nullable: boolean | 'either';
  /** As pg_get_expr() prints it, or `generated always as identity`; null for none. */
  default: string | null;
}

/** `TYPE[ not null| null or not null][ default EXPRESSION| generated always as identity]` */
export function parseColumn(text: string): ExpectedColumn {
  const [, type = text, nullability, expression, identity] =
    /^(.+?)( not null| null or not null)?(?: default (.+)| (generated always as identity))?$/.exec(text) ??
    [];
  return {
    type,
    nullable: nullability === undefined || (nullability === ' not null' ? false : 'either'),
    default: expression ?? identity ?? null,
  };
}

/**
 * What EF Core makes wider does no harm: `text` or a longer `varchar` in place of varchar(n), a numeric with as many
 * digits or more on either side of the point in place of numeric(p,s).
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
