import { Presets, SingleBar } from 'cli-progress';

const whole = 1000;

/** Tells whoever sits at the terminal how far a long work is; elsewhere it says nothing. */
export class Watched {
  private readonly bar: SingleBar | undefined;

  /** A bar where it is known how far it is, else what is done. */
  constructor(step: string, hasEnd = false) {
    if (!process.stderr.isTTY) return;
    const format = hasEnd ? `${step} {done} {bar} {percentage}%, {eta_formatted} left` : `${step} {done}`;
    this.bar = new SingleBar({ format, clearOnComplete: true, linewrap: null }, Presets.shades_classic);
    this.bar.start(whole, 0, { done: 0 });
  }

  /** How many are done, and what part of all that is. */
  at(done: number, part = 0): void {
    this.bar?.update(Math.min(whole, Math.round(part * whole)), { done });
  }

  /** Takes the bar out of the way of a line; it comes again with what is done next. */
  makeWay(): void {
    if (this.bar) process.stderr.write('\r\u001b[K');
  }

  end(): void {
    this.bar?.stop();
  }
}
