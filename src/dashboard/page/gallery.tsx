/** `/widgets`: each widget with its attributes, its code and itself, live. What is said of each widget is English, as code is. */
import { WIDGETS } from '../catalogue.ts';
import type { Handover } from '../data/handover.ts';
import { ServerElement } from '../server-element.tsx';
import { viewOf } from '../view.ts';
import { type Attribute, COMMON_ATTRIBUTES, type Widget } from '../widget.ts';
import { renderDocument } from './document.tsx';
import { HandoverElement } from './handover-element.tsx';
import type { Setting } from './setting.ts';
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
                <Attributes of={widget} columns={guide.columns} />
              </div>
            </div>
          </section>
        ))}
        <h2 id="common">{guide.common}</h2>
        <AttributeTable attributes={COMMON_ATTRIBUTES} columns={guide.columns} />
        <HandoverElement handover={handover} />
      </>
    ),
  });
}

function Attributes({ of: { attributes }, columns }: { of: Widget; columns: readonly string[] }) {
  if (Object.keys(attributes).length === 0) return null;
  return <AttributeTable attributes={attributes} columns={columns} />;
}

function AttributeTable({
  attributes,
  columns,
}: {
  attributes: Readonly<Record<string, Attribute>>;
  columns: readonly string[];
}) {
  return (
    <div class="scrolls">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(attributes).map(([name, attribute]) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{attribute.default && <code>{attribute.default}</code>}</td>
              <td lang="en">
                {attribute.description}
                {attribute.values && `: ${attribute.values.filter(Boolean).join(', ')}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

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
