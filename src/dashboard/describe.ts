/** What editors are told about the widgets: custom-elements.json (Custom Elements Manifest 1.0.0), and types for TypeScript. */
import { WIDGETS } from './catalogue.ts';
import css from './styles/widgets.css';
import { type Attribute, COMMON_ATTRIBUTES, type Widget } from './widget.ts';

const MODULE = 'widgets.js';

const classOf = ({ tag }: Widget) =>
  `${tag.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}Element`;

const attributesOf = ({ attributes }: Widget) => Object.entries({ ...attributes, ...COMMON_ATTRIBUTES });

function typeOf({ boolean, values }: Attribute): string {
  if (boolean) return 'boolean';
  return values?.map((value) => `'${value}'`).join(' | ') ?? 'string';
}

/** Every element has `lang` already. */
const isOwn = ([name]: readonly [string, Attribute]) => name !== 'lang';

/** Custom properties that pages may set. */
const THEME = [...new Set(css.match(/--stats-[a-z0-9-]+/g) ?? [])].sort();

export function manifest(): object {
  const declarations = WIDGETS.map((widget) => ({
    kind: 'class',
    customElement: true,
    name: classOf(widget),
    tagName: widget.tag,
    description: widget.description,
    superclass: { name: 'HTMLElement' },
    attributes: attributesOf(widget).map(([name, attribute]) => ({
      name,
      description: attribute.description,
      default: JSON.stringify(attribute.boolean ? false : attribute.default),
      type: { text: typeOf(attribute) },
    })),
    members: attributesOf(widget)
      .filter(isOwn)
      .map(([name, attribute]) => ({
        kind: 'field',
        name,
        attribute: name,
        reflects: true,
        description: attribute.description,
        type: { text: typeOf(attribute) },
      })),
    cssProperties: THEME.map((name) => ({ name })),
  }));
  const exports = WIDGETS.map((widget) => ({
    kind: 'custom-element-definition',
    name: widget.tag,
    declaration: { name: classOf(widget), module: MODULE },
  }));
  return {
    schemaVersion: '1.0.0',
    modules: [{ kind: 'javascript-module', path: MODULE, declarations, exports }],
  };
}

export function types(): string {
  const elements = WIDGETS.map((widget) => {
    const members = attributesOf(widget)
      .filter(isOwn)
      .map(([name, attribute]) => `  /** ${attribute.description} */\n  ${name}: ${typeOf(attribute)};\n`);
    return `/** ${widget.description} */\nexport interface ${classOf(widget)} extends HTMLElement {\n${members.join('')}}\n`;
  });
  const tags = WIDGETS.map((widget) => `    '${widget.tag}': ${classOf(widget)};\n`);
  return `${elements.join('\n')}\ndeclare global {\n  interface HTMLElementTagNameMap {\n${tags.join('')}  }\n}\n`;
}
