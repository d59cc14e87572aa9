/** Text that shows for a moment that it has changed. */
import { createElement } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** How long; the animation of `.changed` is as long. */
const SHOWN_MS = 1_500;

/** @param as `tspan` within a text of SVG */
export function Changing({ text, as = 'span' }: { text: string; as?: 'span' | 'tspan' }) {
  const element = useRef<Element>(null);
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    const { classList } = element.current as Element;
    classList.add('changed');
    const timer = setTimeout(() => classList.remove('changed'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return createElement(as, { ref: element } as object, text);
}
