/** `/page.js`: what a page of ours does beside showing widgets. */
import { OPERATOR_ID } from '../operator/place.ts';
import '../widgets.ts';
import { letCopy } from './copy.ts';
import { shareSelection } from './selection.ts';
import { rememberTheme } from './theme-link.ts';

rememberTheme();
letCopy();
shareSelection(document);
for (const select of document.querySelectorAll<HTMLSelectElement>('.filter select')) {
  // Who chooses by keyboard may pass others on the way, and presses the button.
  let pressed = false;
  select.addEventListener('pointerdown', () => {
    pressed = true;
  });
  select.addEventListener('keydown', () => {
    pressed = false;
  });
  select.addEventListener('change', () => pressed && select.form?.submit());
}

const operator = document.getElementById(OPERATOR_ID);
if (operator) void import('../operator/operator.tsx').then(({ start }) => start(operator));
