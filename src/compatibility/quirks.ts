import { isAbsent, type JsonObject } from '../http/strict-json.js';
import { grantOfWord, grantsWithUsers } from '../metadata/grant-rules.js';
import { serversOwn } from '../metadata/servers-own.js';
import type { Quirk } from './quirk.js';

/** Where the kind of application is kept that a portal says in words of its own. */
export const portalApplicationType = 'portal_application_type';

/** Where the members are kept that a portal puts into `metadata`, a name that means something else here. */
export const portalMetadata = 'portal_metadata';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

const without = (document: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((entry, index) => entry === other[index]);

/** A list of scopes as one text; nothing where it has none. */
const scopeOf = (list: readonly string[]): { scope?: string } => {
  const scopes = list.filter((entry) => entry !== '');
  return scopes.length > 0 ? { scope: scopes.join(' ') } : {};
};

export const scopeAsList: Quirk = {
  name: 'scope as a list',
  member: 'scope',
  translate: (document) =>
    isTexts(document['scope']) ? { ...without(document, 'scope'), ...scopeOf(document['scope']) } : document,
};

/** `scopes`, as a list or a text, says what `scope` does not; anything else is left to be refused, lest all scopes be given. */
export const scopesForScope: Quirk = {
  name: 'scopes instead of scope',
  member: 'scopes',
  translate: (document) => {
    const { scopes, scope } = document;
    if (isAbsent(scopes)) return document;
    const meant = typeof scopes === 'string' || isTexts(scopes) ? scopeOf([scopes].flat()) : { scope: scopes };
    return { ...without(document, 'scopes'), ...(isAbsent(scope) && meant) };
  },
};

const machines = ['service', 'backend_to_backend', 'm2m'];

/**
 * Kinds of application in other words and letters. What runs in a browser is a web application that keeps no secret; a
 * service is of neither kind that OpenID Connect knows, and uses its own credentials unless it says otherwise.
 */
export const foreignApplicationType: Quirk = {
  name: 'an application_type in other words or capital letters',
  member: 'application_type',
  translate: (document) => {
    const { application_type: said, token_endpoint_auth_method: method, grant_types: grants } = document;
    if (typeof said !== 'string') return document;
    const type = said.toLowerCase().replaceAll('-', '_');
    const kept = { [portalApplicationType]: type };
    if (type === 'browser')
      return {
        ...document,
        application_type: 'web',
        ...(isAbsent(method) && { token_endpoint_auth_method: 'none' }),
        ...kept,
      };
    if (machines.includes(type)) {
      const needsGrant = isAbsent(grants) || (Array.isArray(grants) && grants.length === 0);
      const grant = needsGrant && { grant_types: ['client_credentials'] };
      return { ...without(document, 'application_type'), ...grant, ...kept };
    }
    return type !== said && ['web', 'native'].includes(type) ? { ...document, application_type: type } : document;
  },
};

export const nestedMetadata: Quirk = {
  name: 'members of its own in metadata',
  member: 'metadata',
  translate: (document) => {
    const { metadata } = document;
    const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
    return isObject ? { ...without(document, 'metadata'), [portalMetadata]: metadata } : document;
  },
};

const grantAliases: ReadonlyMap<string, string | undefined> = new Map([
  ['pkce', 'authorization_code'],
  ['authorization-code', 'authorization_code'],
  ['client-credentials', 'client_credentials'],
  ['refresh-token', 'refresh_token'],
  ['device_code', 'urn:ietf:params:oauth:grant-type:device_code'],
  ['none', undefined],
]);

const listTranslation =
  (member: string, change: (list: readonly string[], document: JsonObject) => readonly string[]) =>
  (document: JsonObject): JsonObject => {
    const list = document[member];
    if (!isTexts(list)) return document;
    const changed = [...new Set(change(list, document))];
    if (isSameList(changed, list)) return document;
    // Nothing is left of what was said, so that nothing was said.
    return changed.length > 0 ? { ...document, [member]: changed } : without(document, member);
  };

export const grantAlias: Quirk = {
  name: 'grants in other words',
  member: 'grant_types',
  translate: listTranslation('grant_types', (grants) =>
    grants.flatMap((grant) => (grantAliases.has(grant) ? (grantAliases.get(grant) ?? []) : grant)),
  ),
};

/** Some tick refresh tokens for every client, and a client without users gets none (RFC 6749 section 4.4.3). */
export const refreshTokenWithoutUsers: Quirk = {
  name: 'refresh_token without a grant of users',
  member: 'grant_types',
  translate: listTranslation('grant_types', (grants) =>
    grantsWithUsers.some((grant) => grants.includes(grant))
      ? grants
      : grants.filter((grant) => grant !== 'refresh_token'),
  ),
};

/** Response types that no grant of the client needs, and one that is misspelt. */
export const idleResponseTypes: Quirk = {
  name: 'response_types of grants that the client does not use',
  member: 'response_types',
  translate: listTranslation('response_types', (types, { grant_types: said }) => {
    const grants = isAbsent(said) ? ['authorization_code'] : said;
    if (!isTexts(grants)) return types;
    const isOfGrant = (word: string) => {
      const grant = grantOfWord.get(word);
      return grant === undefined ? word !== 'none' : grants.includes(grant);
    };
    return types.map(spelt).filter((type) => type.split(' ').every(isOfGrant));
  }),
};

const spelt = (type: string): string => (type === 'it_token' ? 'id_token' : type);

export const noClientId: Quirk = {
  name: 'a replacement without client_id',
  member: 'client_id',
  translate: (document, { clientId }) =>
    clientId !== undefined && isAbsent(document['client_id']) ? { ...document, client_id: clientId } : document,
};

const returned = (member: (typeof serversOwn)[number]): Quirk => ({
  name: `${member} of the last answer`,
  member,
  translate: (document, { clientId }) =>
    clientId !== undefined && !isAbsent(document[member]) ? without(document, member) : document,
});

/** Replacements that hold what only the server sets, as the last answer had it. */
export const returnedMembers: readonly Quirk[] = serversOwn.map(returned);

/** An application of which nothing is said but what it is called: a service, since nobody says where users would come back. */
export const bareApplicationId: Quirk = {
  name: 'an application that is an id alone',
  member: 'id',
  translate: (document) => {
    const { id, client_name: name, grant_types: grants } = document;
    if (typeof id !== 'string') return document;
    return {
      ...without(document, 'id'),
      ...(isAbsent(name) && { client_name: id }),
      ...(isAbsent(grants) && { grant_types: ['client_credentials'] }),
    };
  },
};
