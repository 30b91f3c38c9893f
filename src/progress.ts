import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a step is: a bar on a terminal, a line for each batch elsewhere. */
export async function withProgress<T>(
  step: string,
  total: number,
  work: (listener: (done: number) => void) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return work((done) => say(`${step} ${done} of ${total}`));
  const bar = new SingleBar(
    { format: `${step} {bar} {value} of {total}, {eta_formatted} left` },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  try {
    return await work((done) => bar.update(done));
  } finally {
    bar.stop();
  }
}

/** Prints a line for whoever called. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints what is wrong, and sets the exit code. */
export function giveUp(faults: readonly string[], code: number): void {
  process.stderr.write(faults.map((fault) => `${fault}\n`).join(''));
  process.exitCode = code;
}
