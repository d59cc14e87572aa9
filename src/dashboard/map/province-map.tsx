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
  /** The map shows these provinces as large as they fit; empty: all. */
  within: readonly string[];
}

/** What is seen of the map, in its own units; its shape is that of the whole map. */
interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}
const WHOLE: Frame = { x: 0, y: 0, width, height };
/** Around what the map is zoomed to, as a share of it; and at least so much of the whole map is seen. */
const MARGIN = 0.12;
const LEAST = 0.25;

function frameAround(boxes: readonly Frame[]): Frame {
  const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))];
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const share = Math.max((right - left) / width, (bottom - top) / height) * (1 + 2 * MARGIN);
  const zoom = Math.min(1, Math.max(LEAST, share));
  const size = { width: width * zoom, height: height * zoom };
  // Beyond the map there is nothing to see.
  const within = (middle: number, own: number, whole: number) =>
    Math.min(whole - own, Math.max(0, middle - own / 2));
  return {
    x: within((left + right) / 2, size.width, width),
    y: within((top + bottom) / 2, size.height, height),
    ...size,
  };
}

export function ProvinceMap({ label, province, selected, onSelect, within }: MapProps) {
  const list = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState('');
  const [focused, setFocused] = useState('');
  // One province is in the order of Tab; arrow keys lead to the others.
  const [entrance, setEntrance] = useState(selected || within[0] || Object.keys(centres)[0]);
  const shown = pointed || focused || selected;
  const [zoomed, setZoomed] = useState(WHOLE);
  // The keyboard leads everywhere: a province that is not in sight brings the whole map back.
  const frame = focused && within.length > 0 && !within.includes(focused) ? WHOLE : zoomed;
  useLayoutEffect(() => {
    const seen = [...(list.current?.querySelectorAll<SVGPathElement>('[data-province]') ?? [])].filter(
      ({ dataset }) => within.includes(dataset['province'] ?? ''),
    );
    setZoomed(seen.length > 0 ? frameAround(seen.map((path) => path.getBBox())) : WHOLE);
  }, [within.join()]);
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
        <svg
          viewBox={`${frame.x} ${frame.y} ${frame.width} ${frame.height}`}
          class={frame === WHOLE ? undefined : 'zoomed'}
          role="presentation"
        >
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
      {shown in paths && <Box name={shown} frame={frame} {...province(shown)} />}
    </>
  );
}

/** The figures of one province, beside it. */
function Box({ name, frame, title, lines }: ProvinceOnMap & { name: string; frame: Frame }) {
  const box = useRef<HTMLDivElement>(null);
  const isBelow = ((centres[name]?.[1] ?? 0) - frame.y) / frame.height < 1 / 8;
  useLayoutEffect(() => {
    const around = box.current?.parentElement?.querySelector<SVGPathElement>('.around:last-child');
    if (!box.current || !around) return;
    const place = around.getBBox();
    // Not as an attribute: the page's CSP forbids those.
    const y = place.y + (isBelow ? place.height : 0);
    box.current.style.setProperty('--x', String((place.x + place.width / 2 - frame.x) / frame.width));
    box.current.style.setProperty('--y', String((y - frame.y) / frame.height));
  }, [name, isBelow, frame]);
  return (
    <div ref={box} class={`box${isBelow ? ' below' : ''}`} aria-hidden="true">
      <b>{title}</b>
      {lines.map((line) => (
        <span>{line}</span>
      ))}
    </div>
  );
}
