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
import { countUnclassified, unclassifiedProjects } from './sql/unclassified-projects.ts';
import { writeClassifications } from './sql/write-classifications.ts';

/** Small, since its rows stay locked while it is written and nothing else runs here while it is thought over. */
const BATCH = 500;
/** So many that nobody can write are named. */
const NAMED = 20;

/** What a project would get, with its name; for a list that people read. */
export type Proposal = Classification & { projectName: string };

export interface ClassifyOptions {
  /** Reads only: nothing is written, and it works in a session that may not write. */
  dryRun?: boolean;
  /** Called after each batch with what was found for its projects and the counts so far. */
  onBatch?: (proposals: readonly Proposal[], counts: ClassifyCounts) => void;
  /** Told how many projects were read, of how many; what costs a count is done only for it. */
  onProgress?: (done: number, total: number) => void;
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
  const names = `${refused.slice(0, NAMED).join(', ')}${refused.length > NAMED ? ' ...' : ''}`;
  const stuck =
    refused.length === 0
      ? ''
      : ` A rule of "Projects" lets nobody write ${refused.length}; correct them first: ${names}.`;
  return `Projects read: ${read}. ${verb}: regions ${regions}, provinces ${provinces}, facility types ${facilityTypes}.${left}${stuck}`;
}

/** Goes once over all projects that lack a region or facility type. Never throws because of what a row holds. */
export async function classifyProjects(sql: Sql, options: ClassifyOptions = {}): Promise<ClassifyCounts> {
  const targets = await readTargets(sql);
  const unlisted = PROVINCE_NAMES.filter((name) => !targets.regions.has(name));
  const counts = { read: 0, provinces: 0, regions: 0, facilityTypes: 0, busy: 0, refused: [] as string[] };
  const total = options.onProgress ? await countUnclassified(sql, { unlisted }) : 0;
  let after: string | null = null;
  for (;;) {
    const batch = await unclassifiedProjects(sql, { after, limit: BATCH, unlisted });
    const proposals = batch.map((project) => ({ ...project, ...classify(project, targets) }));
    const wanted = proposals.filter(({ province, region, facility }) => province ?? region ?? facility);
    const { written, refused } = options.dryRun ? { written: wanted, refused: [] } : await write(sql, wanted);
    counts.read += batch.length;
    counts.busy += wanted.length - written.length - refused.length;
    counts.refused.push(...refused);
    counts.provinces += written.filter(({ province }) => province !== null).length;
    counts.regions += written.filter(({ region }) => region !== null).length;
    counts.facilityTypes += written.filter(({ facility }) => facility !== null).length;
    options.onBatch?.(proposals, counts);
    options.onProgress?.(counts.read, total);
    after = batch.at(-1)?.projectId ?? null;
    if (batch.length < BATCH) return counts;
  }
}

type Wanted = Classification & { rowVersion: string };

/** A batch that is refused because of a row is written one by one: the others are written, and that row is named. */
async function write(sql: Sql, wanted: readonly Wanted[]): Promise<{ written: Wanted[]; refused: string[] }> {
  try {
    return { written: await writeBatch(sql, wanted), refused: [] };
  } catch (error) {
    if (failureKind(error) !== 'badRow') throw error;
    const [first, ...others] = wanted;
    if (first && others.length === 0) return { written: [], refused: [first.projectId] };
    const ends = [];
    for (const one of wanted) ends.push(await write(sql, [one]));
    return { written: ends.flatMap((end) => end.written), refused: ends.flatMap((end) => end.refused) };
  }
}

async function writeBatch(sql: Sql, wanted: readonly Wanted[]): Promise<Wanted[]> {
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
