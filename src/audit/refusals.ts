import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Request } from 'express';
import { Clock } from '../clock.js';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { type Failure, failures, type Refusal } from '../errors.js';
import { outsideOfRequests } from '../http/request-id.js';
import { type Actor, type AuditEvent, idOfActor } from './audit-event.entity.js';
import { AuditTrail } from './audit-trail.js';
import { refusalHappening } from './refusal-event.js';

/** What is known of whoever sent a request, by whatever strategy let them in. */
interface Identified {
  readonly actor?: Actor;
  readonly client?: { readonly clientId: string };
}

/** The refusals of one actor within a minute. */
interface Tally {
  readonly actor: Actor;
  noted: number;
  /** How many more there were than were noted, by their code. */
  readonly further: Map<Failure, number>;
}

/** How many refusals of one actor are kept in a minute; the rest is counted. */
const mostOfActor = 10;
/** How many actors are told apart in a minute; the refusals of all others are counted together. */
const mostActors = 200;
const batchSize = 100;
const flushEvery = 1_000;
/** Seconds after which an event that could not be stored is given up: its window may be sealed soon. */
const longestWait = 120;
const others: Actor = { type: 'system' };

/** Says what is there or how it is asked for, and denies nothing that anybody has. */
const denyNothing = new Set<Failure>(['not_found', 'client_deleted', 'method_not_allowed', 'request_timeout']);

/**
 * Keeps the refusals of those who are known, in batches, beside the requests: so much of them and no more, since a refused
 * caller may ask again at once and for ever.
 */
@Injectable()
export class Refusals implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Refusals.name);
  private readonly tallies = new Map<string, Tally>();
  private waiting: AuditEvent[] = [];
  private minute = 0;
  private lastInLine: Promise<void> = Promise.resolve();

  constructor(
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(flushEvery, () => this.flush());
  }

  async onApplicationShutdown(): Promise<void> {
    this.closeMinute();
    await this.flush();
  }

  /** Notes a refusal, if it is one of somebody who is known. */
  note(refusal: Refusal, request: Request): void {
    const { actor, client } = (refusal.caller ?? request.user ?? {}) as Identified;
    if (!actor || actor.type === 'anonymous' || failures[refusal.failure] >= 500 || denyNothing.has(refusal.failure))
      return;
    this.turnMinute();
    const tally = this.tallyOf(actor);
    if (tally.actor === others || tally.noted === mostOfActor) {
      tally.further.set(refusal.failure, (tally.further.get(refusal.failure) ?? 0) + 1);
      return;
    }
    tally.noted++;
    this.waiting.push(this.audit.eventOf(refusalHappening(refusal, request, actor, client?.clientId)));
  }

  /** Stores what waits, in batches, after whoever does so already; what cannot be stored waits on for a while. */
  flush(): Promise<void> {
    return (this.lastInLine = this.lastInLine.then(() => this.storeAll()));
  }

  private async storeAll(): Promise<void> {
    this.turnMinute();
    const batches = this.waiting;
    this.waiting = [];
    while (batches.length > 0) {
      const batch = batches.slice(0, batchSize);
      const isStored = await this.store(batch);
      if (!isStored) return this.wait(batches);
      batches.splice(0, batch.length);
    }
  }

  private async store(batch: readonly AuditEvent[]): Promise<boolean> {
    try {
      await this.dataSources.transaction(
        'dynamic',
        async (transaction) => {
          for (const event of batch) await this.audit.append(event, transaction);
        },
        this.audit.landed(batch[0]!),
      );
      return true;
    } catch (error) {
      if (!this.dataSources.isOutage(error)) this.logger.error(error);
      return false;
    }
  }

  private wait(events: readonly AuditEvent[]): void {
    const young = events.filter(({ at }) => at > this.clock.now() - longestWait);
    if (young.length < events.length)
      this.logger.warn(
        `${events.length - young.length} refusals are not in the audit trail, since they could not be stored`,
      );
    this.waiting = [...young, ...this.waiting];
  }

  private tallyOf(actor: Actor): Tally {
    const id = `${actor.type} ${idOfActor(actor)}`;
    const known = this.tallies.get(id);
    if (known) return known;
    const isFull = this.tallies.size >= mostActors;
    const tally = { actor: isFull ? others : actor, noted: 0, further: new Map<Failure, number>() };
    if (!isFull) return this.remember(id, tally);
    return this.tallies.get('others') ?? this.remember('others', tally);
  }

  private remember(id: string, tally: Tally): Tally {
    this.tallies.set(id, tally);
    return tally;
  }

  private turnMinute(): void {
    const minute = Math.floor(this.clock.now() / 60);
    if (minute !== this.minute) outsideOfRequests(() => this.closeMinute());
    this.minute = minute;
  }

  /** Ends the tallies of a minute: one event for each actor of whom there was more than is kept. */
  private closeMinute(): void {
    for (const { actor, further } of this.tallies.values()) {
      if (further.size === 0) continue;
      const trace = [...further].map(([rule, count]) => ({ rule, outcome: 'refused', count }));
      this.waiting.push(this.audit.eventOf({ action: 'refusals.counted', actor, outcome: 'refused', trace }));
    }
    this.tallies.clear();
  }
}
