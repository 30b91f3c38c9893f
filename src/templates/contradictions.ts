import { portals } from '../compatibility/portals.js';
import { reservedScopes } from '../config/scopes.js';
import { isForeignScheme } from '../metadata/redirect-uri.js';
import type { ClientTemplate } from './client-template.js';
import type { PolicyFault } from './policy-faults.js';
import { redirectViolations } from './redirect-limits.js';

/** Says how two parts of a template, each sound by itself, contradict each other, or what no template may give. */
type Judge = (template: ClientTemplate) => readonly PolicyFault[];

/** Everything that cannot stand together in a template; the message is the rest of a sentence that starts with the path. */
export const contradictionsOf = (template: ClientTemplate): readonly PolicyFault[] =>
  judges.flatMap((judge) => judge(template));

const fault = (isFaulty: boolean, path: string, message: string): readonly PolicyFault[] =>
  isFaulty ? [{ path, message }] : [];

const defaultsAreLetIn: Judge = ({ default_for, access }) =>
  default_for.flatMap((registrar) =>
    fault(
      access[registrar] === false,
      'default_for',
      `must not hold ${registrar}, which access.${registrar} does not let in`,
    ),
  );

const scopesAreNotReserved: Judge = ({ metadata: { scope = {} } }) =>
  Object.entries(scope).flatMap(([operator, value]) => {
    const reserved = words(value).filter((word) => reservedScopes.has(word));
    return fault(
      reserved.length > 0,
      `metadata.scope.${operator}`,
      `must not hold ${reserved.join(', ')}, which no client is given by a template`,
    );
  });

const words = (value: unknown): string[] =>
  [value].flat().flatMap((entry) => (typeof entry === 'string' ? entry.split(' ') : []));

const schemesCanBeClaimed: Judge = ({ redirect_uris: { schemes = [], hosts, loopback } }) => [
  ...schemes.flatMap((scheme) =>
    fault(isForeignScheme(scheme), 'redirect_uris.schemes', `must not hold ${scheme}, which no application can claim`),
  ),
  ...fault(
    schemes.includes('http') && !loopback,
    'redirect_uris.schemes',
    'must not hold http, which is for loopback hosts only, while redirect_uris.loopback is false',
  ),
  ...fault(
    hosts !== undefined && schemes.length > 0 && !schemes.includes('https') && !loopback,
    'redirect_uris.hosts',
    'must be left out where redirect_uris.schemes does not hold https: other schemes have no hosts',
  ),
];

const givenRedirectsAreAllowed: Judge = ({ metadata: { redirect_uris: policy = {} }, redirect_uris: rules }) =>
  (['default', 'superset_of'] as const).flatMap((operator) =>
    redirectViolations({ redirect_uris: policy[operator] }, rules, () => {}).flatMap(({ rule }) =>
      fault(true, `metadata.redirect_uris.${operator}`, `must lie within ${rule.replace('template: ', '')}`),
    ),
  );

const secretsEndAfterTheirOverlap: Judge = ({ secrets: { ttl, overlap } }) =>
  fault(ttl > 0 && overlap >= ttl, 'secrets.overlap', 'must be less than secrets.ttl');

const onlyIssuedTokensBehave: Judge = ({ registration_access_token: { issue, ttl, rotation } }) => [
  ...fault(!issue && ttl > 0, 'registration_access_token.ttl', 'must be 0 where none is issued'),
  ...fault(!issue && rotation !== 'never', 'registration_access_token.rotation', 'must be never where none is issued'),
];

/** A portal that takes over every answer whole would forget what one of them does not repeat. */
const portalsHearWhatTheyNeed: Judge = ({ compatibility, secrets, registration_access_token: token }) => [
  ...fault(
    portals[compatibility].needsSecret && !secrets.recoverable,
    'secrets.recoverable',
    `must be true where compatibility is ${compatibility}, which forgets a secret that an answer does not repeat`,
  ),
  ...fault(
    portals[compatibility].needsRegistrationAccessToken && !token.issue,
    'registration_access_token.issue',
    `must be true where compatibility is ${compatibility}, which changes clients by no other token`,
  ),
];

const describedAreNotApproved: Judge = ({ access: { metadata_document, approval } }) =>
  fault(
    metadata_document !== false && approval,
    'access.approval',
    'must be false where access.metadata_document lets clients in: they are not stored, so nobody could approve them',
  );

const judges: readonly Judge[] = [
  defaultsAreLetIn,
  describedAreNotApproved,
  scopesAreNotReserved,
  givenRedirectsAreAllowed,
  schemesCanBeClaimed,
  secretsEndAfterTheirOverlap,
  onlyIssuedTokensBehave,
  portalsHearWhatTheyNeed,
];
