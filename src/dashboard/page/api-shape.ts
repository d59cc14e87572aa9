/** A schema of JSON in the notation of TypeScript, which is shorter than a table and shows nesting. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  description?: string;
  format?: string;
}

export function shape(schema: Schema, indent = ''): string {
  const { $ref, enum: values, anyOf, oneOf, items, properties, type } = schema;
  if ($ref) return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  const choices = anyOf ?? oneOf;
  if (choices) return choices.map((choice) => shape(choice, indent)).join(' | ');
  if (items) {
    const item = shape(items, indent);
    return `${item.includes(' | ') ? `(${item})` : item}[]`;
  }
  if (properties) return `{\n${members(schema, `${indent}  `)}${indent}}`;
  if (typeof schema.additionalProperties === 'object')
    return `{ [name: string]: ${shape(schema.additionalProperties, indent)} }`;
  return typeof type === 'string' || type === undefined ? (type ?? 'any') : type.join(' | ');
}

function members({ properties = {}, required = [] }: Schema, indent: string): string {
  return Object.entries(properties)
    .map(([name, member]) => {
      const note = [member.description, member.format].filter(Boolean).join('; ');
      const isOptional = required.includes(name) ? '' : '?';
      return `${indent}${name}${isOptional}: ${shape(member, indent)}${note ? ` // ${note}` : ''}\n`;
    })
    .join('');
}
