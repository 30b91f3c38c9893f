import type { CheckedMetadata } from '../metadata/rulebook.js';
import type { ClientChange } from './client.store.js';

/** What deleting leaves of a client: its id, which is never given again, and by whom it was registered. */
export const tombstone = (now: number): ClientChange => ({
  status: 'deleted',
  metadata: {} as CheckedMetadata,
  bounds: {},
  secrets: [],
  registrationTokenDigest: null,
  owner: null,
  tags: [],
  notes: null,
  expiresAt: null,
  lapsesAt: null,
  updatedAt: now,
});
