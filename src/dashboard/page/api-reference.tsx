/** `/docs`: what /openapi.json says, for people. What the API says of itself is English, as it is written. */
import { NOTHING, viewOf } from '../view.ts';
import { type Schema, shape } from './api-shape.ts';
import { renderDocument } from './document.tsx';
import { Code } from './gallery.tsx';
import type { Setting } from './setting.ts';
import { Table } from './table.tsx';
import { WORDS, type Words } from './words/words.ts';

interface Content {
  description?: string;
  content?: Readonly<Record<string, { schema?: Schema }>>;
}

interface Operation {
  summary?: string;
  description?: string;
  parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema?: Schema & { example?: unknown };
  }[];
  requestBody?: Content;
  responses: Readonly<Record<string, Content>>;
}

/** As much of an OpenAPI document as this page shows. */
export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
  'x-problems': readonly { type: string; status: number; title: string; advice: string }[];
}

/** @param origin where the service is, for code that can be copied */
export function renderApiReference(api: ApiDocument, origin: string, setting: Setting): string {
  const { footer, guide } = WORDS[setting.lang];
  const title = footer.api;
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return renderDocument({
    ...setting,
    title,
    view: viewOf(NOTHING, setting.lang, (to) => to),
    class: 'guide',
    children: (
      <>
        <h1>{`${title} ${api.info.version}`}</h1>
        <p lang="en">{withCode(api.info.description)}</p>
        <p>
          {guide.asFile} <a href="/openapi.json">/openapi.json</a>
        </p>
        <ul class="contents">
          {operations.map(({ path, method, operation }) => (
            <li>
              <Method name={method} />{' '}
              <a href={`#${idOf(method, path)}`}>
                <code>{path}</code>
              </a>{' '}
              <span lang="en">{operation.summary}</span>
            </li>
          ))}
        </ul>
        {operations.map((one) => (
          <Section {...one} origin={origin} guide={guide} />
        ))}
        <h2>{guide.problems}</h2>
        <p>{guide.problemsText}</p>
        <Table
          columns={guide.problemColumns}
          rows={api['x-problems'].map(({ type, status, title, advice }) => [
            <code id={type.slice(1).replace('s/', '-')}>{type}</code>,
            String(status),
            <span lang="en">{title}</span>,
            <span lang="en">{advice}</span>,
          ])}
        />
        <h2>{guide.shapes}</h2>
        {Object.entries(api.components.schemas).map(([name, schema]) => (
          <section id={`shape-${name}`}>
            <h3>{name}</h3>
            <Code text={shape(schema)} copy={guide.copy} />
          </section>
        ))}
      </>
    ),
  });
}

/** What stands between backticks is code. */
const withCode = (text = '') => text.split('`').map((part, i) => (i % 2 ? <code>{part}</code> : part));

const idOf = (method: string, path: string) => `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`;

function Method({ name }: { name: string }) {
  return <b class={`method ${name}`}>{name.toUpperCase()}</b>;
}

interface SectionProps {
  path: string;
  method: string;
  operation: Operation;
  origin: string;
  guide: Words['guide'];
}

function Section({ path, method, operation, origin, guide }: SectionProps) {
  const { parameters = [], requestBody, responses } = operation;
  const body = requestBody && schemaOf(requestBody);
  return (
    <section id={idOf(method, path)} class="operation">
      <h2>
        <Method name={method} /> <code>{path}</code>
      </h2>
      <p lang="en">{operation.summary}</p>
      {operation.description && <p lang="en">{withCode(operation.description)}</p>}
      <Code text={example({ path, method, operation, origin })} copy={guide.copy} />
      {parameters.length > 0 && (
        <Table
          columns={guide.parameters}
          rows={parameters.map(({ name, in: where, required, description, schema }) => [
            <code>{name}</code>,
            where + (required ? `, ${guide.required}` : ''),
            schema ? shape(schema) : '',
            <span lang="en">{withCode(description ?? schema?.description)}</span>,
          ])}
        />
      )}
      {body && (
        <>
          <h3>{guide.body}</h3>
          <Code text={shape(body)} copy={guide.copy} />
        </>
      )}
      <Table
        columns={guide.answers}
        rows={Object.entries(responses).map(([status, answer]) => [
          status,
          <span lang="en">{answer.description}</span>,
          <Shape schema={schemaOf(answer)} />,
        ])}
      />
    </section>
  );
}

function schemaOf({ content = {} }: Content): Schema | undefined {
  return Object.values(content)[0]?.schema;
}

/** A name leads to its shape below; what has none is short. */
function Shape({ schema }: { schema: Schema | undefined }) {
  if (!schema) return null;
  const text = shape(schema);
  return schema.$ref ? <a href={`#shape-${text}`}>{text}</a> : <code>{text}</code>;
}

const NAMES: Readonly<Record<string, string>> = { '/stats': 'northern', '/jobs': 'audit' };

/** A request for a shell, with examples in place of names. */
function example({ path, method, operation, origin }: Omit<SectionProps, 'guide'>): string {
  const name = path.includes('/facilities/')
    ? 'reservoir'
    : (NAMES[path.slice(0, path.indexOf('/', 1))] ?? '');
  const address = path.replace('{list}', 'overdue').replace('{name}', name);
  const query = (operation.parameters ?? [])
    .filter(({ in: where, required, schema }) => where === 'query' && required && schema?.example)
    .map((parameter) => `${parameter.name}=${parameter.schema?.example}`)
    .join('&');
  const url = `'${origin}${address}${query && `?${query}`}'`;
  if ('401' in operation.responses)
    return `curl ${method === 'post' ? '-X POST ' : ''}${url} -H "Authorization: Bearer $ADMIN_TOKEN"${operation.requestBody ? " --json '{}'" : ''}`;
  return `curl ${url}`;
}
