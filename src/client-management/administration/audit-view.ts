import type { NewClient } from '../../clients/client.store.js';

type Shown = Pick<
  NewClient,
  'metadata' | 'kind' | 'status' | 'verification' | 'owner' | 'tags' | 'notes' | 'expiresAt' | 'secrets'
>;

/** What the trail says of a client that administrators changed: its secrets only by their ids. */
export const auditView = ({ metadata, kind, status, verification, owner, tags, notes, expiresAt, secrets }: Shown) => ({
  ...metadata,
  kind,
  status,
  verification,
  ...(owner !== null && { owner }),
  tags: [...tags],
  ...(notes !== null && { notes }),
  ...(expiresAt !== null && { expires_at: expiresAt }),
  secrets: secrets.map(({ id, expires_at }) => ({ id, expires_at })),
});
