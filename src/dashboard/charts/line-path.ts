/**
 * A line through values, as the data of an SVG path. A null is a gap; a value between two gaps is a dot (with round ends of lines).
 *
 * Not d3-shape: it is one file, of which nothing can be left out, and takes 5 kB compressed of the 40 that widgets may have.
 */
export function linePath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let [path, drawing] = ['', false];
  values.forEach((value, i) => {
    if (value !== null)
      path += `${drawing ? 'L' : 'M'}${round(x(i))},${round(y(value))}${drawing ? '' : 'h0'}`;
    drawing = value !== null;
  });
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The least and the greatest of the values that are there; 0 and 1 where none are. */
export function extent(values: readonly (number | null)[]): [number, number] {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
}
