import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DataSources } from './data-sources.service.js';

/** What the program does again and again beside the requests. */
@Injectable()
export class BackgroundWork implements OnModuleDestroy {
  private readonly logger = new Logger(BackgroundWork.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();
  private hasEnded = false;

  constructor(private readonly dataSources: DataSources) {}

  /** Whether the program ends, so that long work stops where it can. */
  get isEnding(): boolean {
    return this.hasEnded;
  }

  /** Does it every so many milliseconds, one turn at a time: a slow one is not overtaken by the next. */
  every(milliseconds: number, work: () => Promise<unknown>): void {
    let turn: Promise<void> | undefined;
    const begin = () => {
      if (turn) return;
      const begun = this.quietly(work).finally(() => {
        this.running.delete(begun);
        turn = undefined;
      });
      this.running.add((turn = begun));
    };
    this.timers.push(setInterval(begin, milliseconds).unref());
  }

  /** Logs a failure, unless it is an outage: of that whoever needs the database tells, and the next turn comes soon. */
  async quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.dataSources.isOutage(error)) this.logger.error(error);
    }
  }

  /** Begins no more turns, and waits for those under way. */
  async onModuleDestroy(): Promise<void> {
    this.hasEnded = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running);
  }
}
