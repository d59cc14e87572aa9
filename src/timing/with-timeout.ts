/**
 * What `work` resolves with, if that takes no longer than `ms`. Past it the work goes on, and nobody hears how it ends.
 *
 * @throws what `work` threw, or what `late` makes
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
