/** The map itself: a chunk of its own, with the paths that it draws. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Places, placeAfter } from './move.ts';
import data from './province-paths.json' with { type: 'json' };

const { width, height } = data;
const paths: Readonly<Record<string, string>> = data.paths;
const centres: Places = data.centres;

export interface ProvinceOnMap {
  /** Its title. */
  title: string;
  /** Its figures, a line each. */
  lines: readonly string[];
  /** A class of styles/heat.css. */
  heat: string;
}

interface MapProps {
  label: string;
  /** By Thai name. */
  province(name: string): ProvinceOnMap;
  selected: string;
  /** Empty where none is to be selected. */
  onSelect(name: string): void;
}

export function ProvinceMap({ label, province, selected, onSelect }: MapProps) {
  const list = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState('');
  const [focused, setFocused] = useState('');
  // One province is in the order of Tab; arrow keys lead to the others.
  const [entrance, setEntrance] = useState(selected || Object.keys(centres)[0]);
  const shown = pointed || focused || selected;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') onSelect(focused === selected ? '' : focused);
    else if (event.key === 'Escape') onSelect('');
    else {
      const next = placeAfter(centres, focused, event.key);
      if (!next) return;
      list.current?.querySelector<SVGPathElement>(`[data-province="${next}"]`)?.focus();
    }
    event.preventDefault();
  };
  return (
    <>
      <div
        ref={list}
        class="provinces"
        role="listbox"
        aria-label={label}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed('')}
      >
        <svg viewBox={`0 0 ${width} ${height}`} role="presentation">
          {Object.entries(paths).map(([name, path]) => {
            const { title, lines, heat } = province(name);
            return (
              <path
                key={name}
                d={path}
                class={heat}
                data-province={name}
                role="option"
                // In small letters, as SVG keeps the letters of names; without it whatever hears of focus is in the order.
                tabindex={name === entrance ? 0 : -1}
                aria-label={`${title}: ${lines.join(', ')}`}
                aria-selected={name === selected}
                onPointerEnter={() => setPointed(name)}
                onFocus={() => {
                  setFocused(name);
                  setEntrance(name);
                }}
                onBlur={() => setFocused('')}
                onClick={() => onSelect(name === selected ? '' : name)}
              />
            );
          })}
          {/* Once more and last, as a line is hidden by what is drawn after it. */}
          {selected in paths && <path class="around selected" d={paths[selected]} />}
          {shown in paths && <path class="around" d={paths[shown]} />}
        </svg>
      </div>
      {shown in paths && <Box name={shown} {...province(shown)} />}
    </>
  );
}

/** The figures of one province, beside it. */
function Box({ name, title, lines }: ProvinceOnMap & { name: string }) {
  const box = useRef<HTMLDivElement>(null);
  const isBelow = (centres[name]?.[1] ?? 0) < height / 8;
  useLayoutEffect(() => {
    const around = box.current?.parentElement?.querySelector<SVGPathElement>('.around:last-child');
    if (!box.current || !around) return;
    const place = around.getBBox();
    // Not as an attribute: the page's CSP forbids those.
    box.current.style.setProperty('--x', String((place.x + place.width / 2) / width));
    box.current.style.setProperty('--y', String((place.y + (isBelow ? place.height : 0)) / height));
  }, [name, isBelow]);
  return (
    <div ref={box} class={`box${isBelow ? ' below' : ''}`} aria-hidden="true">
      <b>{title}</b>
      {lines.map((line) => (
        <span>{line}</span>
      ))}
    </div>
  );
}
