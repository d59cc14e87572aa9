/** What a project's region, province and kind of facility should be, and why (docs/classification.md). Pure. */
import { facilityInName } from './find-facility.ts';
import { provinceInText, provinceNamed, provinceOfCode } from './find-province.ts';
import { provinceAt } from './province-at.ts';

/** The application's words for how an assignment came about, as far as this program makes them. */
const METHODS = ['address_matching', 'address_based', 'coordinate_based', 'automatic'] as const;
type Method = (typeof METHODS)[number];

/** What is read of a project. Methods and ids are those of its assignments. */
export interface UnclassifiedProject {
  projectId: string;
  projectName: string;
  address: string;
  province: string | null;
  region: string | null;
  facilityType: string | null;
  latitude: number | null;
  longitude: number | null;
  regionAssignments: readonly { id: string; method: string }[];
  facilityAssignments: readonly { id: string; method: string }[];
}

/** An active region or kind of facility. */
export interface Target {
  id: string;
  name: string;
}

/** What projects can be assigned to. */
export interface Targets {
  /** By the Thai name of each province that they list; more than one where lists overlap. */
  regions: ReadonlyMap<string, readonly Target[]>;
  /** By name in lower case. */
  facilityTypes: ReadonlyMap<string, Target>;
}

/** A value to write, its assignment, and how sure and why. */
export interface Assignment extends Target {
  method: Method;
  /** 0 to 1. */
  confidence: number;
  reason: string;
  /** The assignment's row exists already: the column was emptied after it was written. */
  recorded: boolean;
}

type Outcome = Assignment | { id: null; reason: string };

/** What is to be written; null where nothing is. */
export interface Classification {
  projectId: string;
  province: string | null;
  region: Assignment | null;
  facility: Assignment | null;
  /** One plain sentence or two for each column that was empty. */
  reasons: readonly string[];
}

type Finding = Pick<Assignment, 'method' | 'confidence' | 'reason'> & { province: string };

/**
 * Only what is null is filled, the province beside a region that is null. Where a person has assigned a region, neither is;
 * where they have assigned a kind of facility, that is not.
 */
export function classify(project: UnclassifiedProject, targets: Targets): Classification {
  const placed = project.region !== null || assignedByHand(project.regionAssignments) !== undefined;
  const place = placed ? undefined : findPlace(project);
  const region = project.region === null ? regionOf(project, place, targets) : null;
  const facility = project.facilityType === null ? facilityOf(project, targets) : null;
  return {
    projectId: project.projectId,
    province: project.province === null ? (place?.province ?? null) : null,
    region: region?.id ? region : null,
    facility: facility?.id ? facility : null,
    reasons: [region, facility].flatMap((outcome) => (outcome ? [outcome.reason] : [])),
  };
}

/** The first that names a province decides: the Province column, the address, the coordinates, the postal code. */
function findPlace({ province, address, latitude, longitude }: UnclassifiedProject): Finding | undefined {
  const named = province === null ? undefined : provinceNamed(province);
  if (named !== undefined)
    return {
      province: named,
      method: 'address_matching',
      confidence: 1,
      reason: `Province is "${province}".`,
    };
  const written = provinceInText(address);
  if (written)
    return { ...written, method: 'address_based', reason: `The address says "${written.evidence}".` };
  const here = latitude === null || longitude === null ? undefined : provinceAt(latitude, longitude);
  if (!here) {
    const code = provinceOfCode(address);
    return code && { ...code, method: 'address_based', reason: `The postal code is ${code.evidence}.` };
  }
  const { province: there, nearBorder } = here;
  const reason = `The coordinates lie in ${there}${nearBorder ? ', within three kilometres of its border' : ''}.`;
  return { province: there, method: 'coordinate_based', confidence: nearBorder ? 0.6 : 0.9, reason };
}

function regionOf(
  { regionAssignments }: UnclassifiedProject,
  place: Finding | undefined,
  { regions }: Targets,
): Outcome {
  const byHand = assignedByHand(regionAssignments);
  if (byHand) return byHand;
  if (!place) return { id: null, reason: 'Neither Province nor address nor coordinates name one province.' };
  const [region, ...others] = regions.get(place.province) ?? [];
  if (!region) return { id: null, reason: `${place.reason} No active region lists ${place.province}.` };
  if (others.length > 0) {
    const names = [region, ...others].map(({ name }) => name).join(', ');
    return { id: null, reason: `${place.reason} Several regions list ${place.province}: ${names}.` };
  }
  const { method, confidence, reason } = place;
  const recorded = regionAssignments.some(({ id }) => id === region.id);
  return { ...region, method, confidence, reason, recorded };
}

function facilityOf(
  { projectName, facilityAssignments }: UnclassifiedProject,
  { facilityTypes }: Targets,
): Outcome {
  const byHand = assignedByHand(facilityAssignments);
  if (byHand) return byHand;
  const found = facilityInName(projectName);
  if (!found) return { id: null, reason: 'The name means no kind of facility, or several.' };
  const reason = `The name says "${found.evidence}".`;
  const target = facilityTypes.get(found.facilityType);
  if (!target) return { id: null, reason: `${reason} No facility type ${found.facilityType} is active.` };
  const recorded = facilityAssignments.some(({ id }) => id === target.id);
  return { ...target, method: 'automatic', confidence: found.confidence, reason, recorded };
}

function assignedByHand(existing: readonly { method: string }[]): Outcome | undefined {
  const byHand = existing.find(({ method }) => !METHODS.some((ours) => ours === method));
  return byHand && { id: null, reason: `Left alone: it has an assignment by ${byHand.method}.` };
}
