import type { Client } from '../clients/client.entity.js';
import type { Violation } from '../errors.js';
import type { Lifetime } from '../lifecycle/lifetimes.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { isSame } from '../templates/json-values.js';
import type { AppliedClient, TemplateApplication } from './dto/template-application.dto.js';

const mostListed = 1000;

/** What a client is under the newest version; `ends` where its life is over by then. */
export interface Moved extends Lifetime {
  readonly metadata: ClientMetadata;
  readonly ends: boolean;
}

/** What became of the clients of a template: all of them counted, and some listed, those to look after first. */
export class ApplicationReport {
  private readonly counts = { unchanged: 0, changed: 0, broken: 0 };
  private ending = 0;
  private readonly listed: Record<AppliedClient['outcome'] | 'ending', AppliedClient[]> = {
    broken: [],
    ending: [],
    changed: [],
    unchanged: [],
  };

  /** A client that is under the newest version already. */
  kept(client: Client): void {
    this.add(client, 'unchanged');
  }

  /** A client that is under the newest version from now on. */
  moved(client: Client, { metadata, expiresAt, lapsesAt, ends }: Moved): void {
    if (ends) {
      this.ending += 1;
      this.add(client, 'changed', { ends: true }, 'ending');
      return;
    }
    const isAsBefore = expiresAt === client.expiresAt && lapsesAt === client.lapsesAt;
    this.add(client, isAsBefore && isSame(client.metadata, metadata) ? 'unchanged' : 'changed');
  }

  /** A client that the newest version refuses. */
  broken(client: Client, violations: readonly Violation[]): void {
    this.add(client, 'broken', { violations: [...violations] });
  }

  get told(): TemplateApplication {
    const ending = this.ending > 0 && { ending: this.ending };
    return { ...this.counts, ...ending, clients: Object.values(this.listed).flat().slice(0, mostListed) };
  }

  private add(
    { clientId }: Client,
    outcome: AppliedClient['outcome'],
    more: Partial<AppliedClient> = {},
    place: keyof typeof this.listed = outcome,
  ): void {
    this.counts[outcome] += 1;
    const list = this.listed[place];
    if (list.length < mostListed) list.push({ client_id: clientId, outcome, ...more });
  }
}
