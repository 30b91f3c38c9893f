import { createHash } from 'node:crypto';
import type { Client } from '../clients/client.entity.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';

/** A client that a document at its client_id describes; it is stored nowhere. */
export interface DescribedClient extends Pick<
  Client,
  'clientId' | 'metadata' | 'registrar' | 'verification' | 'secrets' | 'version' | 'tokensValidFrom'
> {
  readonly kind: 'metadata_document';
}

export const describedClient = (clientId: string, metadata: CheckedMetadata): DescribedClient => ({
  clientId,
  kind: 'metadata_document',
  metadata,
  registrar: { type: 'metadata_document', client_id: clientId },
  verification: 'self_asserted',
  secrets: [],
  version: versionOf(metadata),
  tokensValidFrom: 0,
});

/** The same number in every instance for the same metadata, so that users are asked again about any other. */
const versionOf = (metadata: CheckedMetadata): number =>
  createHash('sha256').update(JSON.stringify(metadata)).digest().readUInt32BE() >>> 1;
