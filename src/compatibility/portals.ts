import type { CredentialForm } from '../http/foreign-credential.js';
import type { Quirk } from './quirk.js';
import {
  bareApplicationId,
  foreignApplicationType,
  grantAlias,
  idleResponseTypes,
  nestedMetadata,
  noClientId,
  refreshTokenWithoutUsers,
  returnedMembers,
  scopeAsList,
  scopesForScope,
} from './quirks.js';

export const compatibilities = ['strict', 'gravitee', 'tyk', 'mulesoft', 'wso2', 'kong', 'gloo'] as const;

/** The standards alone, or the portal whose dialect a template takes. */
export type Compatibility = (typeof compatibilities)[number];

/** What a portal sends, and what it needs to hear. */
export interface Portal {
  /** In the order in which they are translated: each reads what those before it made. */
  readonly quirks: readonly Quirk[];
  /** How it may send its initial access token beside `Authorization: Bearer`. */
  readonly credentialForms: readonly CredentialForm[];
  /** Whether it takes every answer over whole, and so loses a secret that one does not repeat. */
  readonly needsSecret: boolean;
  /** Whether it manages each client by the registration access token that it was given. */
  readonly needsRegistrationAccessToken: boolean;
  /** Whether it reads its own kinds of application back. */
  readonly readsApplicationType: boolean;
}

const nothing = {
  quirks: [],
  credentialForms: [],
  needsSecret: false,
  needsRegistrationAccessToken: false,
  readsApplicationType: false,
} as const satisfies Portal;

/** Each portal with what is known of it; strict knows the standards only. */
export const portals: Readonly<Record<Compatibility, Portal>> = {
  strict: nothing,
  gravitee: {
    quirks: [foreignApplicationType, scopeAsList, idleResponseTypes, nestedMetadata],
    credentialForms: [],
    needsSecret: true,
    needsRegistrationAccessToken: true,
    readsApplicationType: true,
  },
  tyk: { ...nothing, quirks: [foreignApplicationType, grantAlias, idleResponseTypes, ...returnedMembers] },
  mulesoft: { ...nothing, quirks: [idleResponseTypes], credentialForms: ['ssws', 'bare'] },
  wso2: {
    ...nothing,
    quirks: [noClientId, refreshTokenWithoutUsers, idleResponseTypes],
    credentialForms: ['x-api-key'],
    needsSecret: true,
  },
  kong: { ...nothing, quirks: [scopesForScope, scopeAsList], credentialForms: ['x-api-key'] },
  gloo: { ...nothing, quirks: [bareApplicationId], credentialForms: ['token'], needsSecret: true },
};

/** The portals that have a quirk. */
export const portalsWith = (quirk: Quirk): readonly Compatibility[] =>
  compatibilities.filter((name) => portals[name].quirks.includes(quirk));

/** Every quirk that some portal has. */
export const allQuirks: readonly Quirk[] = [...new Set(compatibilities.flatMap((name) => portals[name].quirks))];
