/** What is told while a rehearsal runs. */
export interface Progress {
  /** A phase: `work` may say what it does. */
  run<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T>;
}

/** A line when a phase is done, and for what it says: for logs and pipes. */
export class PlainProgress implements Progress {
  public constructor(private readonly write: (line: string) => void) {}

  public async run<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    const begin = Date.now();
    let last = '';
    const say = (text: string) => {
      if (text === last) return;
      last = text;
      this.write(`  ${text}`);
    };
    try {
      const result = await work(say);
      this.write(`${title} (${seconds(begin)})`);
      return result;
    } catch (error) {
      this.write(`${title}: failed (${seconds(begin)})`);
      throw error;
    }
  }
}

/** A line that moves, on a terminal. */
export class LiveProgress implements Progress {
  public async run<T>(title: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    const { Listr } = await import('listr2');
    const begin = Date.now();
    let result: T | undefined;
    await new Listr([{
      title,
      task: async (_, task) => {
        result = await work((text) => { task.output = text; });
        task.title = `${title} (${seconds(begin)})`;
      },
    }], { rendererOptions: { showErrorMessage: false } }).run();
    return result as T;
  }
}

function seconds(begin: number): string {
  return `${((Date.now() - begin) / 1_000).toFixed(1)} s`;
}
