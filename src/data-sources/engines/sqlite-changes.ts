import { DatabaseTimeout } from './engine.js';
import { type KnownStatement, Missed, Unanswered } from './known-statement.js';
import type { LeasedConnection } from './sqlite-lease.js';

interface Change {
  readonly statements: readonly KnownStatement[];
  /** When its caller does not wait any more. */
  readonly end: number;
  readonly settle: { stored(isStored: boolean): void; failed(error: unknown): void };
}

/**
 * Changes that wait for an SQLite connection in the same turn share one transaction, which writes the pages that they have
 * in common to the log once. Where one of them cannot be stored, each gets a transaction of its own.
 */
export class SqliteChanges {
  private waiting: Change[] = [];

  constructor(private readonly connection: LeasedConnection) {}

  /** Answers whether all of its statements met their rows; see {@link Engine.atOnce}. */
  store(statements: readonly KnownStatement[], end: number): Promise<boolean> {
    return new Promise((stored, failed) => {
      this.waiting.push({ statements, end, settle: { stored, failed } });
      if (this.waiting.length === 1) setImmediate(() => void this.storeWaiting());
    });
  }

  private async storeWaiting(): Promise<void> {
    try {
      await this.connection.take();
    } catch (error) {
      for (const { settle } of this.taken()) settle.failed(error);
      return;
    }
    try {
      const inTime = this.taken().filter((change) => change.end > Date.now() || void late(change));
      if (inTime.length > 0) this.storeTogether(inTime);
    } finally {
      this.connection.end();
    }
  }

  private taken(): readonly Change[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  private storeTogether(changes: readonly Change[]): void {
    let isCommitting = false;
    try {
      this.connection.ask('BEGIN IMMEDIATE TRANSACTION', []);
      for (const { statements } of changes)
        for (const { text, values } of statements)
          if (this.connection.ask(text, values).affected !== 1) throw new Missed();
      isCommitting = true;
      this.connection.ask('COMMIT', []);
      for (const { settle } of changes) settle.stored(true);
    } catch (error) {
      this.connection.rollBack();
      // Nobody knows what a COMMIT that has failed has left on the disk.
      if (isCommitting) for (const { settle } of changes) settle.failed(new Unanswered(error));
      else if (changes.length > 1) for (const change of changes) this.storeTogether([change]);
      else if (error instanceof Missed) changes[0]!.settle.stored(false);
      else changes[0]!.settle.failed(error);
    }
  }
}

const late = ({ settle }: Change): void => settle.failed(new DatabaseTimeout('its turn came too late'));
