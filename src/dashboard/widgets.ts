/** `/widgets.js`: defines every widget. `<script type="module" src="https://stats.example/widgets.js"></script>` is all that a page needs. */
import { WIDGETS } from './catalogue.ts';
import { defineWidget } from './element.tsx';

/** Chunks lie below it too. */
const source = new URL('/', import.meta.url).href;

for (const widget of WIDGETS) defineWidget(widget, source);
