/** What a widget is: a description, what it needs of the service, and a pure function from figures to what is shown. */
import type { ComponentChildren } from 'preact';
import type { Field } from './figures.ts';
import type { ListPart, Loaded, TrendPart, View } from './view.ts';

export interface Attribute {
  description: string;
  /** Of an attribute that is absent. */
  default: string;
  /** What it may be; anything where there are none. */
  values?: readonly string[];
  /** Paths of figures that are one number, comma-separated. */
  figures?: true;
  /** It is on where it is present, whatever it says; its value is `true`, else empty. */
  boolean?: true;
}

/** What an element says itself, by the name of an attribute. */
export type Given = (name: string) => string | null | undefined;

/** The attributes of one element, with defaults in place. */
export type Values<Name extends string> = Readonly<Record<Name, string>>;

/** What a widget shows must have been loaded: the server does it before it renders the page, the store in the browser. */
export interface Needs {
  /** Cache keys, or every scope. */
  keys: readonly string[] | 'all';
  /** Members of `statistics`. */
  fields: readonly Field[];
  trend?: TrendPart;
  list?: ListPart;
  /** It shows when the figures were confirmed last, so it is rendered whenever they are. */
  confirmation?: boolean;
}

/** What a widget shows, as a table: for people who want figures, for screen readers, for CSV and JSON. */
export interface Rows {
  columns: readonly { title: string; numeric: boolean }[];
  rows: readonly (readonly (string | number | null)[])[];
}

export interface Shown<Name extends string> {
  view: View;
  attributes: Values<Name>;
  /** Sets an attribute, when somebody has chosen a value; not there while the server renders. */
  choose?: ((name: Name, value: string) => void) | undefined;
}

export interface Widget<Name extends string = string> {
  /** The name of the element and of its file. */
  tag: `stats-${string}`;
  description: string;
  /** An example for the gallery, as HTML. */
  example: string;
  attributes: Readonly<Record<Name, Attribute>>;
  /** @param loaded what is there already: which scopes there are may decide which of their documents are needed */
  needs(attributes: Values<Name>, loaded: Pick<Loaded, 'meta' | 'documents'>): Needs;
  heading(shown: Shown<Name>): string;
  /** A few words beside the heading. */
  note?(shown: Shown<Name>): string;
  /** Beside the heading: what chooses the value of an attribute. */
  control?(shown: Shown<Name>): ComponentChildren;
  /** Undefined while what it needs is not loaded. */
  rows?(shown: Shown<Name>): Rows | undefined;
  /** Rendered by the server too: no browser, no clock, no `style` attribute (the page's CSP forbids it). */
  body(shown: Shown<Name>): ComponentChildren;
  /** How it is framed; default `card`. */
  frame?: 'card' | 'tile' | 'none';
}

/** Checks a widget's declaration and forgets the names of its attributes, so that all widgets fit in one list. */
export function widget<Name extends string>(declared: Widget<Name>): Widget {
  return declared as unknown as Widget;
}

/** The values of a widget's attributes; what is not given, or not allowed, is the default. */
export function valuesOf({ attributes }: Widget, given: Given): Values<string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { default: fallback, values, boolean }]) => {
      const own = given(name) ?? undefined;
      if (boolean) return [name, own === undefined ? '' : 'true'];
      const value = own ?? fallback;
      return [name, values && !values.includes(value) ? fallback : value];
    }),
  );
}

/** Attributes that every widget has beside its own. */
export const COMMON_ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  src: { description: 'Address of the service; default: where the script came from', default: '' },
  lang: {
    description: 'Language: th or en; default: that of the page',
    default: '',
    values: ['', 'th', 'en'],
  },
  theme: {
    description: 'light or dark; default: what the system says',
    default: '',
    values: ['', 'light', 'dark'],
  },
  heading: { description: 'Heading in place of the usual one', default: '' },
};

/** The attribute `scope` of those that show one scope. */
export const SCOPE: Attribute = {
  description: 'Cache key of what the figures are about: global, region:{name} or facility:{name}',
  default: 'global',
};
