import type { SecretRules } from '../clients/client-secrets.js';
import type { RegistrarRecord } from '../clients/client.entity.js';
import type { Compatibility } from '../compatibility/portals.js';
import type { Extensions } from './extension-value.js';
import type { MetadataPolicy } from './metadata-policy.js';

/** The kinds of registrars, as `default_for` and the record of a client name them. */
export type RegistrarType = RegistrarRecord['type'];

/** The registrars for whom a template can be the default; administrators name one or do without. */
export const defaultables = ['anonymous', 'initial_access_token', 'access_token', 'software_statement'] as const;

export type DefaultableRegistrar = (typeof defaultables)[number];

/** Who may register under a template with an OAuth access token of scope `dcr`. */
export interface AccessTokenRule {
  /** A token of a client for itself, or of a user through a client. */
  readonly by: readonly ('client' | 'user')[];
  /** The clients whose tokens are taken; any where absent. */
  readonly clients?: readonly string[];
  /** Whether one token registers one client. */
  readonly single_use: boolean;
}

/** Whose software statements a template takes, and whether nobody registers without one. */
export interface SoftwareStatementRule {
  readonly issuers: readonly string[];
  readonly required: boolean;
}

/** Which clients a template takes whose client_id is the address of a document that describes them. */
export interface MetadataDocumentRule {
  /** Patterns of the host of that address; any where absent. */
  readonly hosts?: readonly string[];
}

/** Which registrars a template lets in. */
export interface AccessRules {
  readonly initial_access_token: boolean;
  readonly access_token: false | AccessTokenRule;
  readonly software_statement: false | SoftwareStatementRule;
  readonly anonymous: boolean;
  readonly metadata_document: false | MetadataDocumentRule;
  /** Whether a client waits as `pending` until an administrator approves it. */
  readonly approval: boolean;
}

/** What redirect URIs must be besides what the rulebook says of all. */
export interface RedirectUriRules {
  /** Host patterns; any host where absent. */
  readonly hosts?: readonly string[];
  /** Schemes other than that of loopback redirects; any that the rulebook allows where absent. */
  readonly schemes?: readonly string[];
  /** Whether http on loopback hosts is allowed. */
  readonly loopback: boolean;
}

/** How the registration access tokens of a kind of client behave; `ttl` in seconds, 0 for as long as the client. */
export interface RegistrationAccessTokenRules {
  readonly issue: boolean;
  readonly ttl: number;
  readonly rotation: 'never' | 'on_update';
}

/** How long clients live, in seconds from registration, without a first use, and after the last use; 0 for no end. */
export interface LifecycleRules {
  readonly ttl: number;
  readonly unused_ttl: number;
  readonly idle_ttl: number;
}

/** How many clients there may be in all and for one registrar, and how many may come in a minute; 0 for any number. */
export interface RegistrationLimits {
  readonly clients: number;
  readonly per_registrar: number;
  readonly per_minute: number;
}

export const templateStatuses = ['active', 'off', 'retired'] as const;

/** One version of a template with every member that it leaves out filled in with what changes nothing. */
export interface ClientTemplate {
  readonly id: string;
  readonly version: number;
  readonly status: (typeof templateStatuses)[number];
  readonly description?: string;
  readonly default_for: readonly DefaultableRegistrar[];
  readonly access: AccessRules;
  readonly metadata: MetadataPolicy;
  readonly redirect_uris: RedirectUriRules;
  readonly secrets: SecretRules;
  readonly registration_access_token: RegistrationAccessTokenRules;
  readonly lifecycle: LifecycleRules;
  readonly limits: RegistrationLimits;
  readonly unknown_members: 'ignore' | 'refuse';
  readonly compatibility: Compatibility;
  readonly extensions: Extensions;
}

/** What a template says, whichever it is. */
export type TemplateRules = Omit<ClientTemplate, 'id' | 'version'>;

/** What a template is that says nothing: nobody may register under it, and it restricts nothing. */
export const neutral: TemplateRules = {
  status: 'active',
  default_for: [],
  access: {
    initial_access_token: false,
    access_token: false,
    software_statement: false,
    anonymous: false,
    metadata_document: false,
    approval: false,
  },
  metadata: {},
  redirect_uris: { loopback: true },
  secrets: { ttl: 0, recoverable: false, overlap: 0 },
  registration_access_token: { issue: true, ttl: 0, rotation: 'never' },
  lifecycle: { ttl: 0, unused_ttl: 0, idle_ttl: 0 },
  limits: { clients: 0, per_registrar: 0, per_minute: 0 },
  unknown_members: 'ignore',
  compatibility: 'strict',
  extensions: {},
};
