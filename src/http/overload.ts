import { performance } from 'node:perf_hooks';

/** In milliseconds. */
const times = {
  /** What of one turn of the event loop is spent on requests; who comes later in it has waited long, and others wait behind. */
  turn: 100,
  /** The same where most are refused anyway: those let in take several turns each, and are answered the sooner the shorter these are. */
  turnOfFlood: 30,
  /** How long the fastest answer of a window may take before there are more requests than can be answered. */
  answer: 200,
  window: 100,
};

/** How many requests come at once before anybody is refused: a crowd is slow, and only what does not end is too much. */
const crowd = 256;

/** How many are let in however long they take, since so few are no crowd: of one turn, and at a time. */
const few = { inTurn: 64, underway: 128 };

/** How many may be under way at a time, however soon they are answered. */
const most = 4_096;

/**
 * Judges whether there is time for one more request, so that under more of them than can be answered those that are let in
 * are answered soon. Two signs tell of too many. Work that keeps the process itself busy makes one turn of the event loop
 * long, while the other callers wait unheard in the buffers of the system. Work that waits for a database piles up: where
 * even the fastest of the recent answers took long, fewer are let in at a time, as in the control of queues by their delay
 * (RFC 8289 section 3), for which a single slow answer is no sign.
 */
export class Overload {
  private turnBegan?: number;
  private inTurn = 0;
  private refusedInTurn = 0;
  private isFlood = false;
  /** Those that came since the last turn that was short. */
  private sinceIdle = 0;
  private underway = 0;
  private most = crowd;
  private windowBegan = 0;
  private fastest = Infinity;
  private wasFull = false;
  private leftAt = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a request is let in; whoever is has to be told of when it is answered, with what this returned. */
  enter(): { readonly since: number } | undefined {
    const now = this.now();
    const began = this.turnBegan ?? this.beginTurn(now);
    this.inTurn += 1;
    this.sinceIdle += 1;
    if (this.underway === 0 && now - this.leftAt > times.window) this.most = Math.max(this.most, crowd);
    if (now - began > this.turn() && this.inTurn > few.inTurn && this.sinceIdle > crowd) return this.refuse();
    if (this.underway >= this.most) {
      this.wasFull = true;
      return this.refuse();
    }
    this.underway += 1;
    return { since: began };
  }

  private turn(): number {
    return this.isFlood ? times.turnOfFlood : times.turn;
  }

  private refuse(): undefined {
    this.refusedInTurn += 1;
  }

  leave({ since }: { readonly since: number }): void {
    const now = this.now();
    this.underway -= 1;
    this.leftAt = now;
    this.fastest = Math.min(this.fastest, now - since);
    if (now - this.windowBegan >= times.window) this.endWindow(now);
  }

  /** A request that was let in waits for its own caller: until it is resumed, it keeps nobody out. */
  pause(): void {
    this.underway -= 1;
  }

  /** It is whole, and its time begins now. */
  resume(): { readonly since: number } {
    this.underway += 1;
    return { since: this.now() };
  }

  private beginTurn(now: number): number {
    this.turnBegan = now;
    this.inTurn = 0;
    this.refusedInTurn = 0;
    setImmediate(() => {
      if (this.now() - now < this.turn()) this.sinceIdle = 0;
      this.isFlood = this.refusedInTurn > this.inTurn / 2;
      this.turnBegan = undefined;
    });
    return now;
  }

  private endWindow(now: number): void {
    const arePiledUp = this.underway >= few.underway && this.fastest > times.answer;
    if (arePiledUp) this.most = Math.max(few.underway, Math.min(this.most, this.underway) * 0.7);
    else if (this.wasFull) this.most = Math.min(most, this.most * 1.1);
    this.windowBegan = now;
    this.fastest = Infinity;
    this.wasFull = false;
  }
}
