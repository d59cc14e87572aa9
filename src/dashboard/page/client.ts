/** `/page.js`: what a page of ours does beside showing widgets. */
import { OPERATOR_ID } from '../operator/place.ts';
import '../widgets.ts';
import { letCopy } from './copy.ts';
import { shareSelection } from './selection.ts';
import { offerSignIn } from './sign-in.ts';
import { rememberTheme } from './theme-link.ts';

shareSelection(document);
startPage();

function startPage(): void {
  rememberTheme();
  letCopy();
  offerSignIn(startPage);
  for (const select of document.querySelectorAll<HTMLSelectElement>('.filter select')) submitOnChoice(select);
  const operator = document.getElementById(OPERATOR_ID);
  if (operator) void import('../operator/operator.tsx').then(({ start }) => start(operator));
}

function submitOnChoice(select: HTMLSelectElement): void {
  // Who chooses by keyboard may pass others on the way, and presses the button.
  let pressed = false;
  select.addEventListener('pointerdown', () => {
    pressed = true;
  });
  select.addEventListener('keydown', () => {
    pressed = false;
  });
  select.addEventListener('change', () => pressed && select.form?.requestSubmit());
}
