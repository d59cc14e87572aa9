/** A menu that opens without any script, and closes as people expect: by Escape, a click elsewhere, or going on by keyboard. */
import { useRef } from 'preact/hooks';

interface Choice {
  title: string;
  onChoose(): void;
}

export function Menu({ label, choices }: { label: string; choices: readonly Choice[] }) {
  const element = useRef<HTMLDetailsElement>(null);
  const close = () => element.current?.removeAttribute('open');
  const closeAndReturn = () => {
    close();
    element.current?.querySelector('summary')?.focus();
  };
  const { current: onPress } = useRef((event: Event) => {
    const menu = element.current;
    if (menu && !event.composedPath().includes(menu)) menu.removeAttribute('open');
  });
  return (
    <details
      class="menu"
      ref={element}
      // Only while it is open: an element that is taken out of the page leaves nothing behind.
      onToggle={({ currentTarget: { open } }) =>
        open
          ? document.addEventListener('pointerdown', onPress)
          : document.removeEventListener('pointerdown', onPress)
      }
      onKeyDown={({ key }) => key === 'Escape' && closeAndReturn()}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !element.current?.contains(relatedTarget)) close();
      }}
    >
      <summary aria-label={label}>⋯</summary>
      <div class="choices">
        {choices.map(({ title, onChoose }) => (
          <button
            key={title}
            type="button"
            onClick={() => {
              onChoose();
              closeAndReturn();
            }}
          >
            {title}
          </button>
        ))}
      </div>
    </details>
  );
}
