import type { InitialAccessTokenView } from './dto/initial-access-token.dto.js';
import type { CountedToken } from './initial-access-token.store.js';

/** A token as administrators see it at a time: never its text or digest, and absent members left out. */
export function initialAccessTokenView(token: CountedToken, now: number): InitialAccessTokenView {
  const over = token.revokedAt !== null || token.expiresAt <= now;
  const left = over ? 0 : token.uses - token.used;
  const ended = token.revokedAt !== null ? 'revoked' : over ? 'expired' : undefined;
  return {
    id: token.id,
    status: ended ?? (left === 0 ? 'spent' : 'active'),
    ...(token.templateId !== null && { template: token.templateId }),
    uses: token.uses,
    uses_left: left,
    ...(token.label !== null && { label: token.label }),
    ...(token.owner !== null && { owner: token.owner }),
    ...(token.scope !== null && { scope: token.scope }),
    ...(token.softwareId !== null && { software_id: token.softwareId }),
    ...(token.redirectHosts !== null && { redirect_hosts: token.redirectHosts }),
    manages: token.manages,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    ...(token.revokedAt !== null && { revoked_at: token.revokedAt }),
  };
}
