/** The map and the table of provinces say the same of the projects that neither can place. */
import type { Figures } from '../figures.ts';

/** What the service calls all that is no province (src/stats/schema.ts). */
export const OTHER = 'other';

/** How many projects of a scope have no province, or one that is none of the 77. */
export function notOnMap({ statistics: { totalProjects, location } }: Figures): number {
  if (totalProjects === undefined || !location) return 0;
  return location.provinces.reduce(
    (rest, { province, total }) => rest - (province === OTHER ? 0 : total),
    totalProjects,
  );
}
