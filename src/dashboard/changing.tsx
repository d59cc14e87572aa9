/** Text that shows for a moment that it has changed. */
import { useEffect, useRef } from 'preact/hooks';

/** How long; the animation of `.changed` is as long. */
const SHOWN_MS = 1_500;

export function Changing({ text }: { text: string }) {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    const { classList } = element.current as HTMLSpanElement;
    classList.add('changed');
    const timer = setTimeout(() => classList.remove('changed'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <span ref={element}>{text}</span>;
}
