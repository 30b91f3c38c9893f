import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { demandTime, inTime } from './deadline.js';
import { type Danger, DatabaseTimeout, type Engine, patience } from './engines/engine.js';
import { Missed, Unanswered } from './engines/known-statement.js';
import { GatheredReads } from './gathered-reads.js';
import { Line } from './line.js';
import { newerMigrations, pendingMigrations, runMigrations } from './migrations.js';
import { carryOut, type Further, type Step } from './statements.js';

/** A data source cannot serve just now; the text names it and says why. */
export class DataSourceDown extends Error {}

/** How the state of a data source is told. */
export interface DataSourceState {
  readonly isOpen: boolean;
  /** Why it is not open, in a sentence. */
  readonly fault?: string;
}

const mostTries = 5;
const longestPause = 200;

/** Of a data source without a pool. */
const defaultPlaces = 10;

/** One data source: opened when its database is there, and asked again when that may help. */
export class NamedDataSource {
  private state: DataSourceState = { isOpen: false, fault: 'it was not opened yet' };
  private announceOpen!: () => void;
  /** Settled when it is open for the first time. */
  readonly opened = new Promise<void>((resolve) => (this.announceOpen = resolve));
  dangers: readonly Danger[] = [];
  private readonly line: Line;
  private readonly gathered = new GatheredReads(this);

  constructor(
    readonly name: string,
    /** For people to read. */
    readonly address: string,
    readonly engine: Engine,
    readonly dataSource: DataSource,
  ) {
    this.line = new Line(dataSource.options.poolSize ?? defaultPlaces);
  }

  get current(): DataSourceState {
    return this.state;
  }

  /**
   * Connects, brings the schema up to date if `migrate`, and looks at the settings: those that are not safe are refused if
   * `strict`. Throws what is wrong.
   */
  async open({ migrate, strict }: { migrate: boolean; strict: boolean }): Promise<void> {
    const { host } = this.engine;
    try {
      if (!this.dataSource.isInitialized) {
        await this.dataSource.initialize();
        this.engine.prepare(this.dataSource);
      }
      if (migrate) await this.engine.exclusively(this.dataSource, (runner) => runMigrations(this.dataSource, runner));
      await this.demandSchema();
      // A database that cannot be written to is found out now, not by the first caller.
      await this.dataSource.transaction(() => Promise.resolve());
      const dangers = await this.lookAtSettings();
      if (strict && dangers.length > 0)
        throw new DataSourceDown(`${dangers.map(told).join('; ')}; mend that, or set STRICT_DURABILITY=off`);
      this.state = { isOpen: true };
      this.announceOpen();
    } catch (error) {
      this.engine.failOver(host);
      this.state = {
        isOpen: false,
        fault: `data source ${this.name} (${this.address}) cannot be opened: ${this.engine.explain(error as Error)}`,
      };
      throw error;
    }
  }

  /** Whether it answers just now, before everybody who stands in line. */
  async answers(): Promise<boolean> {
    if (!this.state.isOpen) return false;
    const end = Date.now() + patience.request;
    const question = this.repeat(async () => {
      this.demandStorage();
      await this.dataSource.query('SELECT 1');
    }, end);
    return inTime(question, end, () => new DatabaseTimeout('no answer')).then(
      () => true,
      () => false,
    );
  }

  /** Reads, again and elsewhere while the database may come back within two seconds. */
  read<T>(work: (reader: EntityManager) => Promise<T>): Promise<T> {
    this.demandOpen();
    return this.persistently(() => {
      this.demandStorage();
      return work(this.dataSource.manager);
    });
  }

  /** Reads the rows that have one of these values in a column, together with those that others ask for in the same moment. */
  async readBy<E extends ObjectLiteral, X extends string = never>(
    entity: EntityTarget<E>,
    column: string,
    values: readonly string[],
    further?: Further<X>,
  ): Promise<(E & Record<X, unknown>)[]> {
    this.demandOpen();
    return this.gathered.find(entity, column, values, further);
  }

  /** Runs a statement that changes something by itself; what it changed stays. Run again like a reading. */
  async write<T>(work: (writer: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.read(work);
    await this.flush();
    return result;
  }

  /**
   * Runs `work` in one transaction: all of it is stored, or nothing. A transaction that lost against another one is run
   * again from its start, so `work` must not change anything outside of it. When the answer to COMMIT is lost, `landed`
   * is asked on another connection whether it was stored.
   */
  async transaction<T>(
    work: (transaction: EntityManager) => Promise<T>,
    landed: (reader: EntityManager) => Promise<boolean>,
  ): Promise<T> {
    const result = await this.committed<T>(
      (end, remember) => this.once(work, end, (result) => remember({ result })),
      landed,
    );
    // Beside the line: whoever waits for the disk is in nobody's way.
    await this.flush();
    return result;
  }

  /**
   * The same for a change whose statements are known beforehand, which an engine may then carry out in fewer turns: each
   * of them changes one row, or nothing is stored. Answers whether it was. `stepsOf` is asked anew for each try.
   */
  async store(stepsOf: () => readonly Step[], landed: (reader: EntityManager) => Promise<boolean>): Promise<boolean> {
    const isStored = await this.committed<boolean>(async (end, remember) => {
      const steps = stepsOf();
      const storing = (): void => remember({ result: true });
      return (await this.atOnce(steps, end, storing)) ?? (await this.oneByOne(steps, end, storing));
    }, landed);
    if (isStored) await this.flush();
    return isStored;
  }

  private async atOnce(steps: readonly Step[], end: number, remember: () => void): Promise<boolean | undefined> {
    try {
      const statements = steps.map((step) => step(this.dataSource));
      return await this.engine.atOnce?.(this.dataSource, statements, end);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      remember();
      throw this.outageOf(error.cause);
    }
  }

  private async oneByOne(steps: readonly Step[], end: number, remember: () => void): Promise<boolean> {
    const each = async (transaction: EntityManager): Promise<void> => {
      for (const step of steps) if ((await carryOut(step, transaction)) !== 1) throw new Missed();
    };
    return this.once(each, end, remember).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Missed) return false;
        throw error;
      },
    );
  }

  /** Runs tries that may tell of a result whose COMMIT nobody knows the end of. */
  private committed<T>(
    attempt: (end: number, remember: (unknown: { readonly result: T }) => void) => Promise<T>,
    landed: (reader: EntityManager) => Promise<boolean>,
  ): Promise<T> {
    this.demandOpen();
    let unknown: { readonly result: T } | undefined;
    const lost = async (): Promise<boolean> => unknown !== undefined && (await landed(this.dataSource.manager));
    return this.persistently(async (end) => {
      this.demandStorage();
      if (await lost()) return unknown!.result;
      const isAgain = unknown !== undefined;
      try {
        const result = await attempt(end, (outcome) => (unknown = outcome));
        // A COMMIT that was still under way when it was asked for may have been what this try found changed.
        return isAgain && (await lost()) ? unknown!.result : result;
      } catch (error) {
        if (isAgain && !this.isOutage(error) && (await lost())) return unknown!.result;
        throw error;
      }
    });
  }

  /** The settings that are not safe just now. */
  async lookAtSettings(): Promise<readonly Danger[]> {
    return (this.dangers = await this.engine.dangers(this.dataSource));
  }

  /** Whether an error means that this database does not work just now. */
  isOutage(error: unknown): boolean {
    const isOurs = error instanceof DataSourceDown || error instanceof DatabaseTimeout;
    return isOurs || this.engine.isOutage(error) || this.engine.isConflict(error);
  }

  /** One try of a transaction; tells `remember` of its result where nobody knows whether COMMIT has stored it. */
  private async once<T>(
    work: (transaction: EntityManager) => Promise<T>,
    end: number,
    remember: (result: T) => void,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      demandTime(end);
      const result = await work(runner.manager);
      demandTime(end);
      await runner.commitTransaction().catch((error: unknown) => {
        const isCertain = this.engine.isConflict(error) && !this.engine.isOutage(error);
        if (!isCertain) remember(result);
        throw this.outageOf(error);
      });
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** A COMMIT may fail for any reason, and is no fault of the caller. */
  private outageOf(error: unknown): unknown {
    return this.isOutage(error) ? error : new DataSourceDown('COMMIT has failed', { cause: error });
  }

  /** Throws where what was committed may be lost: by a disk that failed, or in a file that nobody will ever open again. */
  private async flush(): Promise<void> {
    if (!this.engine.flush) return;
    const end = Date.now() + patience.request;
    const flushed = this.repeat(async () => {
      await this.engine.flush!(this.dataSource).catch((cause: unknown) => {
        this.demandStorage();
        throw new DataSourceDown(`data source ${this.name} (${this.address}) cannot be flushed`, { cause });
      });
      this.demandStorage();
    }, end);
    const late = () => new DataSourceDown(`the disk of data source ${this.name} does not answer in time`);
    await inTime(flushed, end, late);
  }

  private demandOpen(): void {
    if (!this.state.isOpen) throw new DataSourceDown(this.state.fault);
  }

  private demandStorage(): void {
    const fault = this.engine.storageFault(this.dataSource);
    if (fault !== undefined) throw new DataSourceDown(`data source ${this.name} (${this.address}): ${fault}`);
  }

  /** In its turn tries again what may succeed then; refuses when it takes too long, whatever it still waits for. */
  private persistently<T>(attempt: (end: number) => Promise<T>): Promise<T> {
    const late = () => new DataSourceDown(`data source ${this.name} does not answer in time`);
    return this.line.take((end) => inTime(this.repeat(attempt, end), end, late), late);
  }

  private async repeat<T>(attempt: (end: number) => Promise<T>, end: number): Promise<T> {
    for (let tries = 1; ; tries++) {
      const { host } = this.engine;
      try {
        const result = await attempt(end);
        this.line.answered();
        return result;
      } catch (error) {
        if (this.engine.isOutage(error)) this.engine.failOver(host);
        const mayPass = this.isOutage(error);
        if (!mayPass) this.line.answered();
        if (!mayPass || tries === mostTries || Date.now() > end) throw error;
        await wait(Math.random() * Math.min(longestPause, 10 * 2 ** tries));
      }
    }
  }

  private async demandSchema(): Promise<void> {
    if ((await newerMigrations(this.dataSource)).length > 0)
      throw new DataSourceDown('a newer release has migrated it; start that release here');
    if ((await pendingMigrations(this.dataSource)).length > 0)
      throw new DataSourceDown('migrations are missing; run npm run migrate, or set MIGRATE=on');
  }
}

/** A setting that is not safe, in words. */
export const told = ({ setting, value, wanted }: Danger): string =>
  `${setting} is ${value}, which is not safe; set it to ${wanted}`;
