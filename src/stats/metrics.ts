import { z } from 'zod';
import { statisticsSchema } from './schema.ts';

/** One figure of a document, for people who label or explain it. */
export const metricSchema = z.object({
  path: z.string().meta({ description: 'Where it stands in `statistics`, e.g. capacity.totalKw' }),
  title: z.object({ en: z.string(), th: z.string() }),
  unit: z.string(),
  definition: z.string(),
});
export type Metric = z.infer<typeof metricSchema>;

/** Every figure of the statistics schema, in its order. */
export const METRICS: readonly Metric[] = collect(statisticsSchema, '');

function collect(schema: z.ZodObject, prefix: string): Metric[] {
  return Object.entries(schema.shape).flatMap(([name, member]) => {
    const path = prefix + name;
    const inner = member instanceof z.ZodOptional ? member.unwrap() : member;
    if (inner instanceof z.ZodObject) return collect(inner, `${path}.`);
    const meta = (inner as z.ZodType).meta();
    if (!meta?.title) throw new Error(`statistics.${path} has no title.`);
    return [
      {
        path,
        title: { en: meta.title, th: String(meta['x-title-th']) },
        unit: String(meta['x-unit']),
        definition: meta.description ?? '',
      },
    ];
  });
}
