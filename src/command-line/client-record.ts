import type { CompleteClient } from '../clients/complete-client.js';

/** A client as a line of JSON carries it from one registry to another: all that `import` can make again, and no more. */
export interface ClientRecord {
  readonly client_id: string;
  readonly status?: 'active' | 'suspended';
  readonly template?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly notes?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly client_secret?: string;
  /** Such a secret as a PHC string. */
  readonly client_secret_hash?: string;
}

/** What is exported of a client: its record, but with any status that it may have. */
export type ExportedClient = Omit<ClientRecord, 'status'> & Pick<CompleteClient, 'status'>;

/** A client as it is exported. */
export const exported = (client: CompleteClient, secret: string | undefined): ExportedClient => ({
  client_id: client.client_id,
  status: client.status,
  ...(client.template_id !== undefined && { template: client.template_id }),
  ...(client.owner !== undefined && { owner: client.owner }),
  tags: client.tags,
  ...(client.notes !== undefined && { notes: client.notes }),
  metadata: { ...client.metadata },
  ...(secret !== undefined && { client_secret: secret }),
});
