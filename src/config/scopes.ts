/** What an administrator's token may do; each address under /admin and /lookup asks for one of them. */
export const administratorScopes = [
  'clients:read',
  'clients:write',
  'clients:lookup',
  'clients:secrets',
  'templates:read',
  'templates:write',
  'tokens:read',
  'tokens:issue',
  'issuers:read',
  'issuers:write',
  'data-sources:read',
  'audit:read',
  'keys:read',
  'keys:write',
  'accounts:read',
  'accounts:write',
] as const;

export type AdministratorScope = (typeof administratorScopes)[number];

/**
 * The scopes that let clients register and manage others, and what an administrator must be allowed to give one away: what
 * the holder could then do, the administrator could do already.
 */
export const dcrScopes: Readonly<Record<'dcr' | 'dcrm', AdministratorScope>> = {
  dcr: 'tokens:issue',
  dcrm: 'clients:write',
};

/** Scopes that no dynamic client is ever given: they register, manage and administer clients. */
export const reservedScopes: ReadonlySet<string> = new Set<string>([...Object.keys(dcrScopes), ...administratorScopes]);
