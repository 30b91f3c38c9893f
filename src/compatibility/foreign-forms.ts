import { Refusal } from '../errors.js';
import type { CredentialForm } from '../http/foreign-credential.js';
import { compatibilities, portals } from './portals.js';

const came: Readonly<Record<CredentialForm, string>> = {
  ssws: 'by the scheme SSWS',
  bare: 'without a scheme',
  'x-api-key': 'in X-API-KEY',
  token: 'in the header token',
};

/** The refusal of a token that did not come as a bearer token, in the same words whatever is wrong with it. */
export function unusableForeignToken(form: CredentialForm): Refusal {
  const takers = compatibilities.filter((name) => portals[name].credentialForms.includes(form)).join(' or ');
  return new Refusal(
    'invalid_token',
    `the token is unknown, expired, revoked or not for this address, or came ${came[form]}, which only a template with the compatibility ${takers} takes; Authorization: Bearer is taken by all`,
  );
}
