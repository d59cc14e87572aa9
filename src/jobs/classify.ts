/**
 * Classifies projects without a region or facility type (docs/classification.md), in batches that each are one short
 * transaction: it may run at any time, beside the application, twice at once or cut short.
 */
import type { Sql } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { transaction } from '../db/transaction.ts';
import { type Classification, classify, type Target, type Targets } from '../geography/classify.ts';
import { provinceNamed } from '../geography/find-province.ts';
import { PROVINCE_NAMES } from '../geography/provinces.ts';
import { classificationTargets } from './sql/classification-targets.ts';
import { unclassifiedProjects } from './sql/unclassified-projects.ts';
import { writeClassifications } from './sql/write-classifications.ts';

/**
 * Read at once: the tables of assignments have no index by project, and a pass over a million rows of each takes hardly
 * longer for 5,000 projects than for 200 (0.18 s and 0.15 s).
 */
const PAGE = 5_000;
/** Small, since its rows stay locked while it is written and nothing else runs here while it is thought over. */
const BATCH = 200;
/** So many are named. */
const NAMED = 20;

/** What a project would get, with its name; for a list that people read. */
export type Proposal = Classification & { projectName: string };

export interface ClassifyOptions {
  /** Reads only: nothing is written, and it works in a session that may not write. */
  dryRun?: boolean;
  /** Called after each batch with what was found for its projects and the counts so far. */
  onBatch?: (proposals: readonly Proposal[], counts: ClassifyCounts) => void;
}

/** Projects; with `dryRun` those that would be. */
export interface ClassifyCounts {
  /** Looked at: without a region or facility type, and not known to be beyond help. */
  read: number;
  provinces: number;
  regions: number;
  facilityTypes: number;
  /** Changed or held by somebody else meanwhile, and so left for the next run. */
  busy: number;
  /** Projects that a rule of the table or a trigger lets nobody write: a CompletionPercentage of 130 from before the rule. */
  refused: string[];
}

/** What was done, or with `dryRun` would be, in a sentence. */
export function classifySummary(
  { read, provinces, regions, facilityTypes, busy, refused }: ClassifyCounts,
  dryRun = false,
): string {
  const verb = dryRun ? 'Would be written' : 'Written';
  const left = busy === 0 ? '' : ` Left for the next run, since they changed meanwhile: ${busy}.`;
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : '';
  const stuck =
    refused.length === 0
      ? ''
      : ` A rule of "Projects" lets nobody write these; correct them first: ${refused.slice(0, NAMED).join(', ')}${more}.`;
  return `Projects read: ${read}. ${verb}: regions ${regions}, provinces ${provinces}, facility types ${facilityTypes}.${left}${stuck}`;
}

/** Goes once over all projects that lack a region or facility type. Never throws because of what a row holds. */
export async function classifyProjects(sql: Sql, options: ClassifyOptions = {}): Promise<ClassifyCounts> {
  const targets = await readTargets(sql);
  const unlisted = PROVINCE_NAMES.filter((name) => !targets.regions.has(name));
  const counts: ClassifyCounts = {
    read: 0,
    provinces: 0,
    regions: 0,
    facilityTypes: 0,
    busy: 0,
    refused: [],
  };
  let after: string | null = null;
  for (;;) {
    const page = await unclassifiedProjects(sql, { after, limit: PAGE, unlisted });
    for (let start = 0; start < page.length; start += BATCH) {
      const batch = page.slice(start, start + BATCH);
      const proposals = batch.map((project) => ({ ...project, ...classify(project, targets) }));
      const wanted = proposals.filter(({ province, region, facility }) => province ?? region ?? facility);
      const stuck = counts.refused.length;
      const written = options.dryRun ? await unwritten(wanted) : await write(sql, wanted, counts.refused);
      counts.read += batch.length;
      counts.busy += wanted.length - written.length - (counts.refused.length - stuck);
      counts.provinces += written.filter(({ province }) => province !== null).length;
      counts.regions += written.filter(({ region }) => region !== null).length;
      counts.facilityTypes += written.filter(({ facility }) => facility !== null).length;
      options.onBatch?.(proposals, counts);
    }
    after = page.at(-1)?.projectId ?? null;
    if (page.length < PAGE) return counts;
  }
}

/** Lets others have their turn, as a query would. */
async function unwritten<T>(wanted: readonly T[]): Promise<readonly T[]> {
  await new Promise((resolve) => setTimeout(resolve));
  return wanted;
}

/** A batch that is refused because of a row is halved until that is found; the others are written. */
async function write<T extends Classification & { rowVersion: string }>(
  sql: Sql,
  wanted: readonly T[],
  refused: string[],
): Promise<T[]> {
  if (wanted.length === 0) return [];
  try {
    return await writeBatch(sql, wanted);
  } catch (error) {
    if (failureKind(error) !== 'badRow') throw error;
    const [only, ...others] = wanted;
    if (only && others.length === 0) {
      refused.push(only.projectId);
      return [];
    }
    const middle = wanted.length >> 1;
    return [
      ...(await write(sql, wanted.slice(0, middle), refused)),
      ...(await write(sql, wanted.slice(middle), refused)),
    ];
  }
}

async function writeBatch<T extends Classification & { rowVersion: string }>(
  sql: Sql,
  wanted: readonly T[],
): Promise<T[]> {
  const ids = await transaction(
    sql,
    // A lock that cannot be skipped, such as that of an ALTER TABLE, is waited for briefly.
    { isolation: 'read committed', statementMs: 30_000, lockMs: 2_000 },
    async (tx) => new Set(await writeClassifications(tx, wanted)),
  );
  return wanted.filter(({ projectId }) => ids.has(projectId));
}

async function readTargets(sql: Sql): Promise<Targets> {
  const { regions, facilityTypes } = await classificationTargets(sql);
  const byProvince = new Map<string, Target[]>();
  for (const { id, name, provinces } of regions) {
    for (const province of new Set(provinces.map(provinceNamed))) {
      if (province !== undefined)
        byProvince.set(province, [...(byProvince.get(province) ?? []), { id, name }]);
    }
  }
  return {
    regions: byProvince,
    facilityTypes: new Map(facilityTypes.map((type) => [type.name.toLowerCase(), type])),
  };
}
