import { Presets, SingleBar } from 'cli-progress';

/** Tells whoever sits at the terminal how far a long work is; elsewhere it says nothing. */
export class Watched {
  private readonly bar: SingleBar | undefined;

  /** A work whose `total` is not known is told by what is done. */
  constructor(step: string, total?: number) {
    if (!process.stderr.isTTY) return;
    const format = total === undefined ? `${step} {value}` : `${step} {bar} {percentage}%, {eta_formatted} left`;
    this.bar = new SingleBar({ format, clearOnComplete: true, linewrap: null }, Presets.shades_classic);
    this.bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  }

  at(done: number): void {
    this.bar?.update(done);
  }

  /** Takes the bar out of the way of a line; it comes again with what is done next. */
  makeWay(): void {
    if (this.bar) process.stderr.write('\r\u001b[K');
  }

  end(): void {
    this.bar?.stop();
  }
}
