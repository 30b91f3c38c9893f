import { patience } from './engines/engine.js';

/**
 * Lets as many in at once as there are places; the others stand in line, first come first served. A crowd is slow then,
 * not refused: who waits is refused only when nobody has been answered for as long as a request may take, or after
 * `patience.line` in any case.
 */
export class Line {
  private free: number;
  private answeredAt = 0;
  private readonly waiting = new Set<() => void>();

  constructor(places: number) {
    this.free = places;
  }

  /**
   * Runs `work` in its turn; it is told when its time is over. Throws what `late` makes when its turn does not come.
   */
  async take<T>(work: (end: number) => Promise<T>, late: () => Error): Promise<T> {
    const arrived = Date.now();
    if (this.free > 0) this.free--;
    else await this.turn(arrived, late);
    try {
      return await work(this.endOf(arrived));
    } finally {
      const [next] = this.waiting;
      if (next) next();
      else this.free++;
    }
  }

  /** Somebody was answered: it is worth waiting. */
  answered(): void {
    this.answeredAt = Date.now();
  }

  /** Two seconds after the last sign of life nobody waits any more, who came before it included. */
  private endOf(arrived: number): number {
    return Math.max(arrived, this.answeredAt) + patience.request;
  }

  private turn(arrived: number, late: () => Error): Promise<void> {
    return new Promise((granted, refused) => {
      let timer: NodeJS.Timeout;
      const next = (): void => {
        clearTimeout(timer);
        this.waiting.delete(next);
        granted();
      };
      const look = (): void => {
        const left = Math.min(this.endOf(arrived), arrived + patience.line) - Date.now();
        if (left > 0) return void (timer = setTimeout(look, left));
        this.waiting.delete(next);
        refused(late());
      };
      this.waiting.add(next);
      look();
    });
  }
}
