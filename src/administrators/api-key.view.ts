import type { ApiKeyView } from './dto/api-key.dto.js';
import type { ApiKey } from './api-key.entity.js';

/** A key as administrators see it at a time: never its text or digest, and absent members left out. */
export const apiKeyView = (key: ApiKey, now: number): ApiKeyView => ({
  id: key.id,
  status: key.revokedAt !== null ? 'revoked' : isOver(key, now) ? 'expired' : 'active',
  label: key.label,
  scopes: key.scopes,
  created_at: key.createdAt,
  ...(key.expiresAt !== null && { expires_at: key.expiresAt }),
  ...(key.lastUsedAt !== null && { last_used_at: key.lastUsedAt }),
  ...(key.revokedAt !== null && { revoked_at: key.revokedAt }),
});

/** Whether a key lets nobody in any more. */
export const isOver = ({ expiresAt, revokedAt }: ApiKey, now: number): boolean =>
  revokedAt !== null || (expiresAt !== null && expiresAt <= now);
