/** A menu that opens without any script, and closes as people expect: by Escape, a click elsewhere, or going on by keyboard. */
import { useEffect, useRef } from 'preact/hooks';

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
  useEffect(() => {
    const onPress = (event: Event) => {
      if (element.current && !event.composedPath().includes(element.current)) close();
    };
    document.addEventListener('pointerdown', onPress);
    return () => document.removeEventListener('pointerdown', onPress);
  }, []);
  return (
    <details
      class="menu"
      ref={element}
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
