import type { Assignment } from '../geography/classify.ts';
import { classifyProjects, classifySummary, type Proposal } from '../jobs/classify.ts';
import { type Command, EXIT } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';
import { commandCaller, commandTrail } from './trail.ts';

export const classifyCommand: Command = {
  name: 'classify',
  summary:
    'Fill empty regions, provinces and facility types of projects; --dry-run lists what it would write and why',
  examples: { '--dry-run': 'what it would write, and why', '': 'write it' },
  options: { 'dry-run': { type: 'boolean', help: 'list what it would write and why, and write nothing' } },
  run(context, { options }) {
    const dryRun = options['dry-run'] === true;
    return withDatabase(context, async (database) => {
      const { sql, say, progress, result, soFar } = database;
      await requireMigrated(sql);
      const projects: object[] = [];
      const classify = () =>
        classifyProjects(sql, {
          dryRun,
          onProgress: (done, total) => progress('projects', done, total),
          onBatch(proposals, written) {
            if (dryRun) {
              for (const proposal of proposals) say(line(proposal));
              projects.push(...proposals.map(member));
              return;
            }
            const summary = classifySummary(written).replace(/\.$/, '');
            soFar(`what is written stays, and the rest is as it was. ${summary}`);
          },
        });
      const counts = dryRun
        ? await classify()
        : await commandTrail(database).record(
            { ...commandCaller(), action: 'run-job', target: { job: 'classify' } },
            classify,
            (written) => ({ outcome: 'succeeded', detail: classifySummary(written) }),
          );
      say(classifySummary(counts, dryRun));
      result(dryRun ? { dryRun, ...counts, projects } : { dryRun, ...counts });
      return counts.refused.length > 0 ? EXIT.failed : EXIT.done;
    });
  },
};

/** `ID  Name: province น่าน, region northern 90 %. The address says ...` */
function line({ projectId, projectName, province, region, facility, reasons }: Proposal): string {
  const share = ({ name, confidence }: Assignment) => `${name} ${Math.round(confidence * 100)} %`;
  const wanted = [
    province && `province ${province}`,
    region && `region ${share(region)}`,
    facility && `facility type ${share(facility)}`,
  ].filter(Boolean);
  return `${projectId}  ${projectName}: ${wanted.join(', ')}. ${reasons.join(' ')}`;
}

function member({ projectId, projectName, province, region, facility, reasons }: Proposal): object {
  return { projectId, projectName, province, region, facility, reasons };
}
