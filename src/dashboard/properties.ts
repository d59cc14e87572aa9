/** Attributes as properties, as frameworks set them: `element.scope = 'global'`. */
import type { Attribute } from './widget.ts';

export function defineProperties(
  prototype: HTMLElement,
  attributes: Readonly<Record<string, Attribute>>,
): void {
  for (const [name, { default: fallback, boolean }] of Object.entries(attributes)) {
    // Such as `lang`, which every element has.
    if (name in prototype) continue;
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: HTMLElement) {
        return boolean ? this.hasAttribute(name) : (this.getAttribute(name) ?? fallback);
      },
      set(this: HTMLElement, value: unknown) {
        if (boolean) this.toggleAttribute(name, Boolean(value));
        else if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, String(value));
      },
    });
  }
}

/** What was set before the element was defined hides the properties, and is set again. */
export function takeEarlierProperties(element: HTMLElement, names: readonly string[]): void {
  const values = element as unknown as Record<string, unknown>;
  for (const name of names) {
    if (!Object.hasOwn(element, name)) continue;
    const value = values[name];
    delete values[name];
    values[name] = value;
  }
}
