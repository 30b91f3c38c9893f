import type { Grant, Provider } from 'oidc-provider';
import { scopeLines } from './scope-words.js';

/** What oidc-provider knows of an interaction. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** What a client asks for that its user has not granted yet. */
export interface Missing {
  readonly missingOIDCScope?: readonly string[];
  readonly missingOIDCClaims?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
}

/** What the client would get, one line of HTML each; all that it asks for when there is nothing new. */
export function linesOf({ missingOIDCScope, missingResourceScopes = {} }: Missing, { scope }: Interaction['params']) {
  const missing = [
    ...scopeLines(missingOIDCScope ?? []),
    ...Object.entries(missingResourceScopes).flatMap(([resource, scopes]) => scopeLines(scopes, resource)),
  ];
  if (missing.length > 0) return missing;
  return scopeLines(typeof scope === 'string' ? scope.split(' ') : []);
}

/** The grant of the user, with all that is asked for; yet to be saved. */
export async function grantAsked(provider: Provider, interaction: Interaction, accountId: string): Promise<Grant> {
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes = {} } = interaction.prompt.details as Missing;
  const clientId = interaction.params.client_id as string;
  const known = interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
  const grant = known?.accountId === accountId ? known : new provider.Grant({ accountId, clientId });
  if (missingOIDCScope?.length) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims?.length) grant.addOIDCClaims([...missingOIDCClaims]);
  for (const [resource, scopes] of Object.entries(missingResourceScopes))
    grant.addResourceScope(resource, scopes.join(' '));
  return grant;
}
