/** `/widgets`: each widget with its attributes, its code and itself, live. What is said of each widget is English, as code is. */
import { WIDGETS } from '../catalogue.ts';
import type { Handover } from '../data/handover.ts';
import { ServerElement } from '../server-element.tsx';
import { viewOf } from '../view.ts';
import { type Attribute, COMMON_ATTRIBUTES } from '../widget.ts';
import { renderDocument } from './document.tsx';
import { HandoverElement } from './handover-element.tsx';
import type { Setting } from './setting.ts';
import { Table } from './table.tsx';
import { WORDS } from './words/words.ts';

/** Each widget as its example has it. */
export const EXAMPLES = WIDGETS.map((widget) => ({ widget, given: givenIn(widget.example) }));

/** The attributes of the first tag of an example. */
function givenIn(html: string): Record<string, string> {
  const [tag = ''] = html.match(/<[^>]+>/) ?? [];
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** @param origin where the service is, for code that can be copied */
export function renderGallery(handover: Handover, origin: string, setting: Setting): string {
  const view = viewOf(handover.loaded, setting.lang, (to) => to);
  const { guide, footer } = WORDS[setting.lang];
  const title = footer.widgets;
  const script = `<script type="module" src="${origin}/widgets.js"></script>`;
  return renderDocument({
    ...setting,
    title,
    view,
    class: 'guide',
    children: (
      <>
        <h1>{title}</h1>
        <p>{guide.widgets}</p>
        <Code text={script} copy={guide.copy} />
        {EXAMPLES.map(({ widget, given }) => (
          <section id={widget.tag} class="specimen">
            <h2>
              <a href={`#${widget.tag}`}>
                <code>{`<${widget.tag}>`}</code>
              </a>
            </h2>
            <p lang="en">{widget.description}</p>
            <div class="beside">
              <div class={widget.frame === 'tile' ? 'alive small' : 'alive'}>
                <ServerElement
                  widget={widget}
                  given={given}
                  view={view}
                  stylesheet={setting.assets.widgetsCss}
                />
              </div>
              <div>
                <Code text={widget.example} copy={guide.copy} />
                <Table columns={guide.columns} rows={attributeRows(widget.attributes)} />
              </div>
            </div>
          </section>
        ))}
        <h2 id="common">{guide.common}</h2>
        <Table columns={guide.columns} rows={attributeRows(COMMON_ATTRIBUTES)} />
        <HandoverElement handover={handover} />
      </>
    ),
  });
}

function attributeRows(attributes: Readonly<Record<string, Attribute>>) {
  return Object.entries(attributes).map(([name, { default: usual, description, values }]) => [
    <code>{name}</code>,
    usual && <code>{withBreaks(usual)}</code>,
    <span lang="en">
      {description}
      {values && `: ${values.filter(Boolean).join(', ')}`}
    </span>,
  ]);
}

/** A list may go on in the next line after each comma: on a phone it would leave the text beside it no room. */
const withBreaks = (list: string) =>
  list.split(/(?<=,)/).flatMap((part, i) => (i > 0 ? [<wbr />, part] : part));

/** The page's script shows the button, where it can copy. */
export function Code({ text, copy }: { text: string; copy: string }) {
  return (
    <div class="code">
      <pre>
        <code>{text}</code>
      </pre>
      <button type="button" class="copy" hidden>
        {copy}
      </button>
    </div>
  );
}
