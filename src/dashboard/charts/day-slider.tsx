/**
 * A chart over days in which one day is chosen: by the pointer, or by the arrow keys. For screen readers it is a slider, that says the
 * figures of each day.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface DaySliderProps {
  /** How many days there are; the last one is chosen at first. */
  count: number;
  /** What the chart shows. */
  title: string;
  /** What is known of a day, as a sentence. */
  sentence: (day: number) => string;
  children: (day: number) => ComponentChildren;
}

/** Days to go, by key. */
const KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  PageDown: -7,
  Home: -Infinity,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 7,
  End: Infinity,
};

export function DaySlider({ count, title, sentence, children }: DaySliderProps) {
  const [chosen, setChosen] = useState<number>();
  const last = Math.max(0, count - 1);
  const within = (day: number) => Math.min(last, Math.max(0, day));
  const day = within(chosen ?? last);
  return (
    <div
      class="day-slider"
      role="slider"
      tabIndex={0}
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={day}
      aria-valuetext={sentence(day)}
      onKeyDown={(event) => {
        const days = KEYS[event.key];
        if (days === undefined) return;
        event.preventDefault();
        setChosen(within(day + days));
      }}
      onBlur={() => setChosen(undefined)}
      onPointerMove={(event) => {
        const marks = event.currentTarget.querySelector('.marks')?.getBoundingClientRect();
        if (marks) setChosen(within(Math.round(((event.clientX - marks.left) / marks.width) * last)));
      }}
      onPointerLeave={() => setChosen(undefined)}
    >
      {children(day)}
    </div>
  );
}
