/** Every answer that a test gets is compared with what /openapi.json says of its route. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer } from './running-service.ts';

type Request = (path: string, init: RequestInit) => Promise<Answer>;
interface Described {
  content?: Record<string, { schema: object }>;
  headers?: Record<string, { required?: boolean }>;
}
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
}

/** One for the file: settings change who may ask, and not what is answered. */
let check: Promise<ReturnType<typeof checkerOf>> | undefined;

/** The same request, whose answer is as described, or the test fails. Pages and files are not described. */
export function described(request: Request): Request {
  return async (path, init) => {
    const answer = await request(path, init);
    if (!/^\/(stats|meta|jobs|admin|events|livez|readyz|healthz|metrics)\b/.test(path)) return answer;
    check ??= request('/openapi.json', {}).then(async (document) => checkerOf(await document.json()));
    await (await check)(init.method ?? 'GET', path, answer);
    return answer;
  };
}

function checkerOf(document: Document) {
  const ajv = addFormats.default(new Ajv2020({ strict: false, inlineRefs: false }));
  ajv.addSchema(closed(document) as object, 'api');
  const routes = Object.entries(document.paths).map(([template, methods]) => ({
    template,
    methods,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  // A path without a parameter comes before one with.
  routes.sort((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')));
  return async (method: string, path: string, answer: Answer) => {
    const route = routes.find(({ pattern }) => pattern.test(path.replace(/\?.*/s, '')));
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = route?.methods[verb];
    if (!route || !operation) return;
    const status = String(answer.status) in operation.responses ? String(answer.status) : 'default';
    const what = `${method} ${path} ${answer.status}`;
    const { content, headers = {} } = operation.responses[status] as Described;
    for (const [name, { required }] of Object.entries(headers))
      if (required) expect(answer.headers.has(name), `${what} has ${name}`).toBe(true);
    if (method === 'HEAD' || !content) return;
    const type = (answer.headers.get('Content-Type') ?? '').replace(/;.*/, '');
    // Whoever asks for HTML gets a problem as a page.
    if (type === 'text/html') return;
    expect(Object.keys(content), `${what} is of a described type`).toContain(type);
    if (!type.endsWith('json') || answer.headers.has('Content-Encoding')) return;
    const pointer = ['paths', route.template, verb, 'responses', status];
    const reference = [...pointer, 'content', type, 'schema'].map(escaped).join('/');
    const validate = ajv.getSchema(`api#/${reference}`);
    const body = await (answer as Response).clone().json();
    expect(validate?.(body) ? [] : validate?.errors, `${what} is as described`).toEqual([]);
  };
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** No object has a member that is not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isObject =
    members['type'] === 'object' && members['properties'] && !('additionalProperties' in members);
  return isObject ? { ...members, additionalProperties: false } : members;
}
