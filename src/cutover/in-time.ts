/** The time for something was over before it was done. It may still be done. */
export class OutOfTime extends Error {}

/** Waits for an answer so long and no longer: a database that is silent, or busy with something else, must not hold up what is due. */
export async function inTime<T>(work: () => Promise<T>, ms: number, message: string): Promise<T> {
  const late = new OutOfTime(message);
  if (ms <= 0) throw late;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([work(), new Promise<never>((_, reject) => { timer = setTimeout(() => reject(late), ms); })]);
  } finally {
    clearTimeout(timer);
  }
}
