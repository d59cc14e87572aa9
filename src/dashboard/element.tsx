/** The custom element of a widget: it reads its attributes, asks the store for what it needs, and renders again when that changes. */

import { hydrate, render } from 'preact';
import { type Store, storeOf } from './data/store.ts';
import { faultOf } from './fault.ts';
import { Frame } from './frame.tsx';
import { defineProperties, takeEarlierProperties } from './properties.ts';
import css from './styles/widgets.css';
import { type Lang, TEXTS } from './text/text.ts';
import { type Loaded, NOTHING, viewOf } from './view.ts';
import { COMMON_ATTRIBUTES, valuesOf, type Widget } from './widget.ts';

/** Where `src` is no address. */
const NO_SERVICE: Loaded = { ...NOTHING, status: { state: 'refused' } };

let sheet: CSSStyleSheet | undefined;

/** One for all elements. It is constructed, as a strict CSP forbids style elements. */
function widgetSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

const told = new Set<string>();

/** To developers, however many elements and renders there are. */
function tellOnce(words: string): void {
  // biome-ignore lint/suspicious/noConsole: the only place where who writes the page looks.
  if (!told.has(words)) console.warn(words);
  told.add(words);
}

export function defineWidget(widget: Widget, defaultSource: string): void {
  if (customElements.get(widget.tag)) return;
  const attributes = { ...COMMON_ATTRIBUTES, ...widget.attributes };
  const names = Object.keys(attributes);
  class StatsElement extends HTMLElement {
    static readonly observedAttributes = names;
    #store: Store | undefined;
    #unsubscribe: (() => void) | undefined;
    /** Of the shadow root that the server rendered; the first render takes over what is there. */
    #stylesheet: string | undefined;
    #hydrated = false;
    #waiting = false;
    #changing = false;

    connectedCallback(): void {
      takeEarlierProperties(this, names);
      if (!this.shadowRoot) {
        this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [widgetSheet()];
      }
      this.#stylesheet ??= this.shadowRoot?.querySelector('link')?.href;
      this.#subscribe();
    }

    disconnectedCallback(): void {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    }

    /** Several that change together are one change. */
    attributeChangedCallback(): void {
      if (!this.#unsubscribe || this.#changing) return;
      this.#changing = true;
      queueMicrotask(() => {
        this.#changing = false;
        if (this.#unsubscribe) this.#subscribe();
      });
    }

    #subscribe(): void {
      this.#unsubscribe?.();
      this.#store = storeOf(this.getAttribute('src') || defaultSource);
      const values = this.#values();
      const needs = (loaded: Loaded) => widget.needs(values, loaded);
      this.#unsubscribe = this.#store?.subscribe(needs, () => this.#renderSoon()) ?? (() => undefined);
      this.#render();
    }

    #values() {
      return valuesOf(widget, (name) => this.getAttribute(name));
    }

    /** However much changes at once, it is rendered once. */
    #renderSoon(): void {
      if (this.#waiting) return;
      this.#waiting = true;
      requestAnimationFrame(() => {
        this.#waiting = false;
        if (this.#unsubscribe) this.#render();
      });
    }

    #render(): void {
      const store = this.#store;
      const root = this.shadowRoot as ShadowRoot;
      const given = (name: string) => this.getAttribute(name);
      const fault = faultOf(widget, given, store?.loaded ?? NO_SERVICE);
      if (fault)
        tellOnce(`<${widget.tag}> ${TEXTS.en.unknownValue(fault.attribute, fault.value, fault.nearest)}`);
      const view = viewOf(store?.loaded ?? NO_SERVICE, this.#lang(), store?.link);
      const tree = (
        <>
          {this.#stylesheet && <link rel="stylesheet" href={this.#stylesheet} />}
          <Frame
            widget={widget}
            attributes={this.#values()}
            view={view}
            choose={(name, value) => this.#choose(name, value)}
            given={given}
          />
        </>
      );
      if (this.#stylesheet && !this.#hydrated) hydrate(tree, root);
      else render(tree, root);
      this.#hydrated = true;
    }

    /** The page around may want to know: it hears the event `stats-choose`. */
    #choose(name: string, value: string): void {
      this.setAttribute(name, value);
      this.dispatchEvent(
        new CustomEvent('stats-choose', { bubbles: true, composed: true, detail: { name, value } }),
      );
    }

    #lang(): Lang {
      const lang =
        this.getAttribute('lang') ||
        this.closest('[lang]')?.getAttribute('lang') ||
        document.documentElement.lang ||
        navigator.language;
      return lang.startsWith('th') ? 'th' : 'en';
    }
  }
  defineProperties(StatsElement.prototype, attributes);
  customElements.define(widget.tag, StatsElement);
}
