import type { Bounds } from '../clients/client.entity.js';
import type { Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { metadataMembers } from '../metadata/client-metadata.js';
import { fillDefaults } from '../metadata/defaults.js';
import { resolveChoices } from '../metadata/metadata-choices.js';
import { ignoredFaults, readMetadata, type RequestedMetadata } from '../metadata/read-metadata.js';
import { check, type CheckedMetadata } from '../metadata/rulebook.js';
import type { ServerMetadata } from '../metadata/server-support.js';
import type { ClientTemplate } from '../templates/client-template.js';
import type { MetadataPolicy } from '../templates/metadata-policy.js';
import { fillByPolicy, limitByPolicy } from '../templates/policy-application.js';
import { boundsViolations, fillBounds, tokenBounds } from './bounds.js';
import { extensionViolations, unknownMembers } from './declared-members.js';
import { redirectViolations } from '../templates/redirect-limits.js';
import type { ScopeRules } from './scope-rules.js';
import { narrowScope } from './scope.js';
import type { Trace } from './trace.js';

/** Everything that decides on a document beside the document itself. */
export interface Circumstances {
  readonly server: ServerMetadata;
  readonly template: ClientTemplate;
  readonly bounds: Bounds;
  readonly scopes: ScopeRules;
  /** Whether members that nobody knows are refused, whatever the template says of them. */
  readonly isStrict: boolean;
  /** What is known to be wrong already; refused together with all else. */
  readonly further: readonly Violation[];
}

/**
 * Reads, fills in and checks a document: the one way for create, update and administrators, and always on the complete
 * result. Throws a refusal with everything that is wrong.
 */
export function judgeDocument(
  requested: JsonObject,
  { server, template, bounds, scopes, further, isStrict }: Circumstances,
  trace: Trace,
): CheckedMetadata {
  const { extensions } = template;
  const unknown = unknownMembers(requested, template, isStrict, trace).filter(
    ({ member }) => !further.some((known) => known.member === member),
  );
  const read = readMetadata(requested, extensions);
  const chosen = resolveChoices(read, server);
  trace.tellChanges('read', () => 'OpenID Connect RP Metadata Choices 1.0 section 4', read, chosen);
  const filled = fill(chosen, template, bounds, trace);
  const complete = fillDefaults(filled, server);
  trace.tellChanges('fill_in', clauseOf, filled, complete);
  const narrowed = narrowScope(complete, scopes, trace);
  const limited = limitByPolicy(narrowed.document, withoutScopeLists(template.metadata), extensions, trace.tell);
  return check(limited.document, server, {
    extensions: Object.keys(extensions),
    limits: [
      ...redirectViolations(limited.document, template.redirect_uris, trace.tell),
      ...narrowed.violations,
      ...limited.violations,
      ...boundsViolations(limited.document, bounds),
      ...extensionViolations(limited.document, template, trace),
    ],
    further: [...ignoredFaults(requested, extensions), ...unknown, ...further],
    ...(trace.explains && { tell: trace.tell }),
  });
}

function fill(document: RequestedMetadata, template: ClientTemplate, bounds: Bounds, { tell }: Trace) {
  const filled = fillByPolicy(document, template.metadata, template.extensions, tell);
  const bounded = fillBounds(filled, bounds);
  if (bounded !== filled)
    tell({ step: 'fill_in', member: 'software_id', rule: tokenBounds, outcome: 'changed', after: bounds.software_id });
  return bounded;
}

/** The lists of scopes are judged with the scopes that the server and the token give. */
function withoutScopeLists(policy: MetadataPolicy): MetadataPolicy {
  if (!policy['scope']) return policy;
  const { subset_of, within, ...scope } = policy['scope'];
  return { ...policy, scope };
}

const clauses = new Map<string, string>(metadataMembers.map(({ name, clause }) => [name, clause]));

/** Whose default a member got. */
const clauseOf = (member: string): string => clauses.get(member) ?? 'RFC 7591 section 2';
