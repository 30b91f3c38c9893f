import type { EntityManager } from 'typeorm';
import type { Keyring } from '../clients/keyring.js';
import { AuditEvent, idOfActor } from './audit-event.entity.js';
import type { AuditSeal } from './audit-seal.entity.js';
import { sealedText } from './audit-trail.js';
import { eventBatches, type Stretch } from './event-batches.js';
import { checkChain, sealsInOrder } from './seal-chain.js';
import { isReadable, type StoredEvent, WindowDigest } from './seals.js';

/** What was found in the trail of one data source. */
export interface AuditReport {
  readonly events: number;
  /** How many of them no seal covers yet: there only edited and added ones can be told. */
  readonly unsealed: number;
  /** How many were made under keys that are not in `SECRET_KEY`, so that their seals alone speak for them. */
  readonly underOldKeys: number;
  readonly newest?: AuditSeal;
  /** What is wrong, in words, and how much more of it there is; empty when nothing is. */
  readonly findings: readonly string[];
  readonly further: number;
}

type Read = <T>(work: (reader: EntityManager) => Promise<T>) => Promise<T>;

/** Hears after each batch how many events were looked at. */
type Listener = (done: number) => void;

const mostFindings = 100;

/** Checks the trail of a data source against its digests and seals; changes nothing. */
export class AuditVerification {
  private events = 0;
  private underOldKeys = 0;
  private readonly findings: string[] = [];
  private further = 0;

  constructor(
    private readonly read: Read,
    private readonly keyring: Keyring,
  ) {}

  /** How many events there are to look at. */
  total(): Promise<number> {
    return this.read((reader) => reader.count(AuditEvent));
  }

  async run(listener: Listener): Promise<AuditReport> {
    const { broken, findings, newest } = await checkChain(this.read, this.keyring);
    for (const finding of findings) this.found(finding);
    let end: number | undefined;
    for await (const seal of sealsInOrder(this.read)) {
      // The windows of missing seals: each event there has its own digest still.
      if (end !== undefined && seal.since > end) await this.look({ since: end, until: seal.since }, listener);
      const since = end === undefined && seal.number === 1 ? undefined : Math.max(seal.since, end ?? seal.since);
      if (end === undefined && since !== undefined) await this.look({ until: since }, listener);
      await this.look({ since, until: seal.until }, listener, broken.has(seal.number) ? undefined : seal);
      end = Math.max(seal.until, end ?? seal.until);
    }
    const sealed = this.events;
    await this.look({ since: end }, listener);
    const { events, underOldKeys, further } = this;
    return { events, unsealed: events - sealed, underOldKeys, newest, findings: this.findings, further };
  }

  /** Looks at each event of a stretch, and at all of them together where a seal says what they were. */
  private async look(stretch: Stretch, listener: Listener, seal?: AuditSeal): Promise<void> {
    const window = new WindowDigest();
    const unknown: StoredEvent[] = [];
    const before = this.findings.length + this.further;
    for await (const batch of eventBatches(this.read, stretch)) {
      for (const event of batch) {
        window.add(event);
        if (isReadable(event) && !this.keyring.knows(event.digest)) unknown.push(event);
        else if (!this.isGenuine(event)) this.found(`${nameOf(event)} was edited or added: its digest does not fit`);
      }
      this.events += batch.length;
      listener(this.events);
    }
    const isSound = seal !== undefined && seal.count === window.count && seal.events === window.events;
    if (isSound) this.underOldKeys += unknown.length;
    else for (const event of unknown) this.found(`${nameOf(event)} cannot be checked: its key is not in SECRET_KEY`);
    const isExplained = this.findings.length + this.further > before;
    if (seal && !isSound) this.found(mismatch(seal, window.count, isExplained));
  }

  private found(finding: string): void {
    if (this.findings.length < mostFindings) this.findings.push(finding);
    else this.further++;
  }

  private isGenuine(event: StoredEvent): boolean {
    // The digest first: only what we wrote has an actor that is one.
    return (
      isReadable(event) &&
      this.keyring.matches(sealedText(event), event.digest) &&
      event.actorId === idOfActor(event.actor)
    );
  }
}

function mismatch(seal: AuditSeal, count: number, isExplained: boolean): string {
  const window = `between ${told(seal.since)} and ${told(seal.until)} (seal ${seal.number})`;
  if (count < seal.count) return `${events(seal.count - count)} missing ${window}`;
  if (count > seal.count) return `${events(count - seal.count)} more than were sealed ${window}`;
  return `events ${window} are not what was sealed${isExplained ? '' : ': some were exchanged'}`;
}

const events = (count: number): string => (count === 1 ? '1 event is' : `${count} events are`);

const nameOf = ({ id, at }: StoredEvent): string => `event ${JSON.stringify(id)} of ${told(at)}`;

/** A time that somebody wrote into a row need not be one. */
const told = (at: number): string =>
  Math.abs(at) <= 8_640_000_000_000 ? new Date(at * 1000).toISOString().replace('.000', '') : `second ${at}`;
