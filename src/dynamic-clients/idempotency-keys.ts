import { createHash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import type { Registrar } from '../admission/registrar.js';
import type { ClientInformation } from '../clients/client-information.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { inserting, selectBy, type Step } from '../data-sources/statements.js';
import { Refusal } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { IdempotencyKey } from './idempotency-key.entity.js';

/** A registration that may be asked for again: by whom, under which key, and of what. */
export interface RepeatableCall {
  readonly registrar: Pick<Registrar, 'record'>;
  readonly key: string;
  readonly requested: JsonObject;
}

type Caller = Pick<RepeatableCall, 'registrar' | 'key'>;

/** What is sealed: the answer, and a digest of what it answers. */
interface Remembered {
  readonly requested: string;
  readonly answer: ClientInformation;
}

/** Seconds for which an answer is given again. */
const lifetime = 86_400;
const sweepEvery = 60_000;
const batchSize = 100;

/** Remembers what was answered under each `Idempotency-Key`; the only code that knows its table. */
@Injectable()
export class IdempotencyKeys implements OnModuleInit {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly background: BackgroundWork,
  ) {}

  /** Sweeps by the clock, not with the next registration: credentials do not outstay their day where nobody registers. */
  onModuleInit(): void {
    this.background.every(sweepEvery, () => this.sweep());
  }

  /** Whether something was registered by this registrar under this key. */
  async knows(caller: Caller): Promise<boolean> {
    return (await this.find(caller)) !== undefined;
  }

  /** What the same call was answered, if it was made before. Throws `idempotency_key_reused` for another document. */
  async answerTo(call: RepeatableCall): Promise<ClientInformation | undefined> {
    const found = await this.find(call);
    const opened = found && this.keyring.open(found.answer.sealed, found.digest, call.key);
    if (opened === undefined) return undefined;
    const { requested, answer } = JSON.parse(opened) as Remembered;
    if (requested !== digestOf(call.requested))
      throw new Refusal('idempotency_key_reused', 'this Idempotency-Key came with another body; take a new key for it');
    return answer;
  }

  /** What has to be stored so that the call gets this answer again. */
  remembered(call: RepeatableCall, answer: ClientInformation): IdempotencyKey {
    const digest = this.keyring.digest(textOf(call));
    const remembered: Remembered = { requested: digestOf(call.requested), answer };
    const sealed = this.keyring.seal(JSON.stringify(remembered), digest, call.key);
    return { digest, answer: { sealed }, expiresAt: this.clock.now() + lifetime };
  }

  /** The step that stores it with the registration; fails when another call with the key was faster. */
  adding(key: IdempotencyKey): Step {
    return inserting(IdempotencyKey, key);
  }

  /** Forgets all that has expired, in small batches. */
  async sweep(): Promise<void> {
    for (;;) {
      const expiresAt = LessThanOrEqual(this.clock.now());
      const batch = await this.dataSources.read('dynamic', (reader) =>
        reader.find(IdempotencyKey, { select: { digest: true }, where: { expiresAt }, take: batchSize }),
      );
      if (batch.length > 0) await this.forget(batch);
      if (batch.length < batchSize) return;
    }
  }

  private async find(caller: Caller): Promise<IdempotencyKey | undefined> {
    const found = await this.dataSources.read('dynamic', (reader) =>
      selectBy(reader, IdempotencyKey, 'digest', this.keyring.digests(textOf(caller))),
    );
    const living = found.find(({ expiresAt }) => expiresAt > this.clock.now());
    // The key is free again, before it is swept.
    if (!living && found.length > 0) await this.forget(found);
    return living;
  }

  /** Only what has expired: a key may have come back to life in between. */
  private async forget(keys: readonly IdempotencyKey[]): Promise<void> {
    const digest = In(keys.map((key) => key.digest));
    const expiresAt = LessThanOrEqual(this.clock.now());
    await this.dataSources.write('dynamic', (writer) => writer.delete(IdempotencyKey, { digest, expiresAt }));
  }
}

const textOf = ({ registrar, key }: Caller): string => JSON.stringify(['idempotency key', registrar.record, key]);

/** The same for the same document, in whatever order and spacing it is written (RFC 8259 section 4). */
const digestOf = (document: JsonObject): string =>
  createHash('sha256')
    .update(JSON.stringify(document, (_name, value: unknown) => (isObject(value) ? sorted(value) : value)))
    .digest('base64url');

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
