import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { Environment } from '../config/environment.js';
import { DataSourceDown, type NamedDataSource, told } from './named-data-source.js';
import type { Further, Step } from './statements.js';

/** What a data source is for; two roles may share one. */
export type Role = 'dynamic' | 'database';

/** What a data source answered, and in which role it was asked. */
export interface Found<T> {
  readonly role: Role;
  readonly found: T;
}

/** The data sources of the program, in the order of the configuration. */
export const NAMED_DATA_SOURCES = Symbol('data sources');

/** A data source can never be opened as it is configured; the text says which and why. */
export class DataSourceFault extends Error {}

/** How often a data source that is down is tried again, in milliseconds. */
const retryEvery = 1_000;

/** Hands out the data source of each role: reads, transactions, and whether it is there. */
@Injectable()
export class DataSources implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(DataSources.name);
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly environment: Environment,
    @Inject(NAMED_DATA_SOURCES) readonly all: readonly NamedDataSource[],
  ) {}

  /**
   * Opens each data source. A server that is down is tried again until it is there, and stops nobody else; a file that
   * cannot be opened will not get better, and throws {@link DataSourceFault}.
   */
  async onModuleInit(): Promise<void> {
    await Promise.all(this.all.map((source) => this.open(source)));
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** One role for each distinct data source: what is done for every source is done for these. */
  get distinctRoles(): readonly Role[] {
    return this.of('dynamic') === this.of('database') ? ['dynamic'] : ['dynamic', 'database'];
  }

  /** What the configuration calls the data source of a role. */
  nameOf(role: Role): string {
    return this.of(role).name;
  }

  /** Settled when the source of a role is open for the first time. */
  opened(role: Role): Promise<void> {
    return this.of(role).opened;
  }

  /** Reads outside of any transaction. */
  read<T>(role: Role, work: (reader: EntityManager) => Promise<T>): Promise<T> {
    return this.of(role).read(work);
  }

  /** Changes something by one statement, outside of any transaction. */
  write<T>(role: Role, work: (writer: EntityManager) => Promise<T>): Promise<T> {
    return this.of(role).write(work);
  }

  /**
   * Reads the row that has one of these values in a column that tells rows apart, outside of any transaction; together
   * with the rows that others ask for in the same moment.
   */
  async readBy<E extends ObjectLiteral, X extends string = never>(
    role: Role,
    entity: EntityTarget<E>,
    column: string,
    values: readonly string[],
    further?: Further<X>,
  ): Promise<(E & Record<X, unknown>) | undefined> {
    const [found] = await this.of(role).readBy(entity, column, values, further);
    return found;
  }

  /** The same of the dynamic source, and of the database one if that is another and the first has none. */
  async findFirst<E extends ObjectLiteral>(
    entity: EntityTarget<E>,
    column: string,
    values: readonly string[],
  ): Promise<Found<E> | undefined> {
    for (const role of this.distinctRoles) {
      const found = await this.readBy(role, entity, column, values);
      if (found !== undefined) return { role, found };
    }
    return undefined;
  }

  /** Reads from each distinct source of the two roles. */
  readEach<T>(work: (reader: EntityManager) => Promise<T>): Promise<T[]> {
    return Promise.all(this.distinct().map((source) => source.read(work)));
  }

  /**
   * Runs `work` in one transaction, again from its start where it lost against another one.
   * `landed` tells whether it was stored, for the case that the answer to COMMIT is lost.
   */
  transaction<T>(
    role: Role,
    work: (transaction: EntityManager) => Promise<T>,
    landed: (reader: EntityManager) => Promise<boolean>,
  ): Promise<T> {
    return this.of(role).transaction(work, landed);
  }

  /**
   * Makes a change whose statements are known beforehand: each of them changes one row, or nothing is stored. Answers
   * whether it was; `landed` as above.
   */
  store(
    role: Role,
    stepsOf: () => readonly Step[],
    landed: (reader: EntityManager) => Promise<boolean>,
  ): Promise<boolean> {
    return this.of(role).store(stepsOf, landed);
  }

  /**
   * Stores what nobody waits for and the next caller would store as well: a database that cannot take it just now, since
   * its disk is full or it only reads, does not keep from an answer. Answers whether it was stored.
   */
  async storeIfPossible(role: Role, work: (writer: EntityManager) => Promise<unknown>): Promise<boolean> {
    try {
      await this.write(role, work);
      return true;
    } catch (error) {
      if (!this.isOutage(error)) throw error;
      this.logger.warn(
        `left for another time, since data source ${this.of(role).name} cannot store it: ${String(error)}`,
      );
      return false;
    }
  }

  /** Whether an error means that a database does not work just now. */
  isOutage(error: unknown): boolean {
    return error instanceof DataSourceDown || this.all.some((source) => source.isOutage(error));
  }

  /** The names of the data sources that do not answer. */
  async unreachable(): Promise<string[]> {
    const answers = await Promise.all(this.all.map((source) => source.answers()));
    return this.all.filter((_, index) => !answers[index]).map(({ name }) => name);
  }

  private async open(source: NamedDataSource): Promise<void> {
    const { MIGRATE, STRICT_DURABILITY } = this.environment;
    const isFile = source.engine.kind === 'sqlite';
    try {
      await source.open({ migrate: MIGRATE ?? isFile, strict: STRICT_DURABILITY });
    } catch {
      if (isFile) throw new DataSourceFault(source.current.fault);
      this.logger.warn(`${source.current.fault}; trying again`);
      this.retry(source);
      return;
    }
    for (const danger of source.dangers) this.logger.warn(`data source ${source.name}: ${told(danger)}`);
  }

  private retry(source: NamedDataSource): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.open(source).catch((error: unknown) => this.logger.error(error));
    }, retryEvery);
    timer.unref();
    this.timers.add(timer);
  }

  private distinct(): readonly NamedDataSource[] {
    return [...new Set([this.of('dynamic'), this.of('database')])];
  }

  private of(role: Role): NamedDataSource {
    const { DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE } = this.environment;
    const name = role === 'dynamic' ? DYNAMIC_CLIENTS_DATA_SOURCE : DATABASE_CLIENTS_DATA_SOURCE;
    return this.all.find((source) => source.name === name)!;
  }
}
