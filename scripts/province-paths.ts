/**
 * Makes src/dashboard/map/province-paths.json, what the map draws, from src/geography/province-shapes.json:
 *
 *   npx tsx scripts/province-paths.ts
 */
import { writeFileSync } from 'node:fs';
import shapes from '../src/geography/province-shapes.json' with { type: 'json' };
import { provincePaths } from './map/paths.ts';

/** Small enough for a map of 1,000 pixels, and a third of the corners of a tenth of the size. */
const LEAST_AREA = 12;

writeFileSync(
  new URL('../src/dashboard/map/province-paths.json', import.meta.url),
  `${JSON.stringify(provincePaths(shapes.shapes, LEAST_AREA), null, 2)}\n`,
);
