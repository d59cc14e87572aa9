/** How a column of expected-schema.ts is read, and which other columns do as well. */

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
 * What EF Core makes wider does no harm: `text` or `varchar` of any length in place of varchar(n), `numeric` of any
 * precision in place of numeric(p,s).
 */
export function isAcceptableType(type: string, expected: string): boolean {
  if (expected === 'any type') return true;
  return expected.split(' or ').some((one) => family(one) === family(type));
}

function family(type: string): string {
  if (/^(text|character varying(\(\d+\))?)$/.test(type)) return 'text';
  return type.replace(/^numeric\([\d,-]+\)$/, 'numeric');
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
