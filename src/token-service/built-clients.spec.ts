import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Client as ProviderClient } from 'oidc-provider';
import type { CheckedMetadata } from '../metadata/rulebook.js';
import { BuiltClients } from './built-clients.js';
import type { Registered } from './registered-client.js';

const registered: Registered = {
  version: 1,
  grant_types: ['client_credentials'],
  dpop_bound_access_tokens: false,
  scopes: ['read'],
  secrets: [{ id: 'a', digest: 'k.d', created_at: 1, expires_at: 0 }],
  keys: [],
};
const clientOf = (clientId: string, client_name = 'Weather') => ({
  clientId,
  metadata: { client_name, token_endpoint_auth_method: 'none' } as CheckedMetadata,
});

const madeOf: unknown[] = [];
const built = new BuiltClients((metadata) => {
  madeOf.push(metadata.client_id);
  return { clientId: metadata.client_id, clientName: metadata.client_name } as ProviderClient;
});

beforeEach(() => void madeOf.splice(0));

describe('a client as oidc-provider has it', () => {
  it('is made once while nothing of it changes', () => {
    const first = built.of(clientOf('one'), registered);
    expect(built.of(clientOf('one'), { ...registered })).toBe(first);
    expect(madeOf).toEqual(['one']);
  });

  it('is made anew with whatever changes of it', () => {
    built.of(clientOf('two'), registered);
    expect(built.of(clientOf('two', 'Storms'), registered).clientName).toBe('Storms');
    const changes: Partial<Registered>[] = [
      { version: 2 },
      { grant_types: [] },
      { dpop_bound_access_tokens: true },
      { scopes: [] },
      { secrets: [] },
      { keys: ['secret'] },
    ];
    for (const change of changes) built.of(clientOf('two', 'Storms'), { ...registered, ...change });
    expect(madeOf).toEqual(Array(2 + changes.length).fill('two'));
  });

  it('is kept if it came among the last thousand', () => {
    for (let number = 0; number < 1_000; number++) built.of(clientOf(`${number}`), registered);
    built.of(clientOf('0'), registered);
    built.of(clientOf('new'), registered);
    madeOf.splice(0);
    built.of(clientOf('0'), registered);
    expect(madeOf).toEqual([]);
    built.of(clientOf('1'), registered);
    expect(madeOf).toEqual(['1']);
  });
});
