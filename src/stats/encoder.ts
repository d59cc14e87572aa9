import { isLosslessNumber, parse } from 'lossless-json';
import { z } from 'zod';
import { scopeName } from './keys.ts';
import { documentSchema } from './schema.ts';

/** What a document is made of. `statistics` is jsonb as text. */
export interface DocumentParts {
  key: string;
  type: 'global' | 'regional' | 'facility';
  entityId: string | null;
  displayName: string;
  schemaVersion: number;
  version: number;
  asOf: Date;
  statistics: string;
}

/**
 * The one canonical encoder: equal data gives equal bytes. Members stand in the schema's order whatever order jsonb
 * keeps them in, and every number keeps the digits that PostgreSQL computed (a float would lose some beyond 2^53).
 *
 * @param fields keep only these members of `statistics`; undefined for all
 */
export function encodeDocument(document: DocumentParts, fields?: readonly string[]): string {
  const { key, type, entityId, displayName, schemaVersion, version, asOf } = document;
  const parsed = parse(document.statistics) as Record<string, unknown>;
  const statistics = fields
    ? Object.fromEntries(Object.entries(parsed).filter(([name]) => fields.includes(name)))
    : parsed;
  const head = { key, type, entityId, name: scopeName(key), displayName, schemaVersion, version };
  return encode({ ...head, asOf: asOf.toISOString(), statistics }, documentSchema);
}

function encode(value: unknown, schema: z.ZodType | undefined): string {
  if (isLosslessNumber(value)) return value.value;
  if (Array.isArray(value)) {
    const element = unwrap(schema);
    const item = element instanceof z.ZodArray ? (element.element as z.ZodType) : undefined;
    return `[${value.map((v) => encode(v, item)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const object = unwrap(schema);
    const shape: Record<string, z.ZodType> = object instanceof z.ZodObject ? object.shape : {};
    const known = Object.keys(shape).filter((name) => name in value);
    // Members that a newer program added come last, in one order on every node.
    const others = Object.keys(value)
      .filter((name) => !(name in shape))
      .sort();
    const members = [...known, ...others].map(
      (name) => `${JSON.stringify(name)}:${encode((value as Record<string, unknown>)[name], shape[name])}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? (schema.unwrap() as z.ZodType)
    : schema;
}
