/** Buttons that copy the code beside them. Browsers let pages copy over https, and on this machine. */
export function letCopy(): void {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>('.copy')) {
    button.hidden = false;
    const word = button.textContent;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.parentElement?.querySelector('code')?.textContent ?? '');
      button.textContent = '✓';
      setTimeout(() => {
        button.textContent = word;
      }, 1_500);
    });
  }
}
