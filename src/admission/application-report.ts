import type { Client } from '../clients/client.entity.js';
import type { Violation } from '../errors.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { isSame } from '../templates/json-values.js';
import type { AppliedClient, TemplateApplication } from './dto/template-application.dto.js';

const mostListed = 1000;

/** What became of the clients of a template: all of them counted, and some listed, those to look after first. */
export class ApplicationReport {
  private readonly counts = { unchanged: 0, changed: 0, broken: 0 };
  private readonly listed: Record<AppliedClient['outcome'], AppliedClient[]> = {
    broken: [],
    changed: [],
    unchanged: [],
  };

  /** A client that is under the newest version already. */
  kept(client: Client): void {
    this.add(client, 'unchanged');
  }

  /** A client that is under the newest version from now on. */
  moved(client: Client, metadata: ClientMetadata): void {
    this.add(client, isSame(client.metadata, metadata) ? 'unchanged' : 'changed');
  }

  /** A client that the newest version refuses. */
  broken(client: Client, violations: readonly Violation[]): void {
    this.add(client, 'broken', { violations: [...violations] });
  }

  get told(): TemplateApplication {
    return { ...this.counts, clients: Object.values(this.listed).flat().slice(0, mostListed) };
  }

  private add({ clientId }: Client, outcome: AppliedClient['outcome'], more: Partial<AppliedClient> = {}): void {
    this.counts[outcome] += 1;
    const list = this.listed[outcome];
    if (list.length < mostListed) list.push({ client_id: clientId, outcome, ...more });
  }
}
