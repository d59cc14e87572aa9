import type { Assignment } from '../geography/classify.ts';
import { type ClassifyCounts, classifyProjects, classifySummary, type Proposal } from '../jobs/classify.ts';
import { type Command, EXIT } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';

/** A line of progress for so many projects. */
const PROGRESS = 10_000;

export const classifyCommand: Command = {
  name: 'classify',
  usage: '[--dry-run]',
  summary:
    'Fill empty regions, provinces and facility types of projects; --dry-run lists what it would write and why',
  options: { 'dry-run': { type: 'boolean', help: 'list what it would write and why, and write nothing' } },
  run({ config, log, stop, say, result }, { options }) {
    const dryRun = options['dry-run'] === true;
    let written: ClassifyCounts | undefined;
    return withDatabase(
      { config, log, stop },
      async ({ sql }) => {
        await requireMigrated(sql);
        const projects: object[] = [];
        const counts = await classifyProjects(sql, {
          dryRun,
          onBatch(proposals, soFar) {
            written = soFar;
            if (!dryRun) {
              if (soFar.read % PROGRESS === 0 && proposals.length > 0) say(`${soFar.read} projects read ...`);
              return;
            }
            if (projects.length === 0 && proposals.length > 0) say(HEADINGS);
            for (const proposal of proposals) say(row(proposal));
            projects.push(...proposals.map(member));
          },
        });
        say(classifySummary(counts, dryRun));
        result(dryRun ? { dryRun, ...counts, projects } : { dryRun, ...counts });
        return counts.refused.length > 0 ? EXIT.failed : EXIT.done;
      },
      () =>
        dryRun || written === undefined
          ? 'nothing was changed'
          : `what is written stays, and the rest is as it was. ${classifySummary(written).replace(/\.$/, '')}`,
    );
  },
};

const HEADINGS = line(['PROJECT', 'NAME', 'PROVINCE', 'REGION', 'FACILITY TYPE', 'WHY']);

/** `-` where nothing would be written. */
function row({ projectId, projectName, province, region, facility, reasons }: Proposal): string {
  return line([projectId, projectName, province ?? '-', target(region), target(facility), reasons.join(' ')]);
}

function target(assignment: Assignment | null): string {
  return assignment ? `${assignment.name} ${Math.round(assignment.confidence * 100)} %` : '-';
}

function line(cells: readonly string[]): string {
  const widths = [36, 30, 16, 16, 24];
  return cells.map((cell, index) => padded(cell.replace(/\s+/g, ' '), widths[index])).join('  ');
}

/** Cut or filled to so many columns of a terminal, where a Thai mark above or below a letter takes none. */
function padded(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  const letters = text.match(/\P{Mn}\p{Mn}*/gu) ?? [];
  return letters.slice(0, width).join('') + ' '.repeat(Math.max(0, width - letters.length));
}

function member({ projectId, projectName, province, region, facility, reasons }: Proposal): object {
  return { projectId, projectName, province, region, facility, reasons };
}
