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

  it('is kept among a thousand others of the usual size', () => {
    built.of(clientOf('three'), registered);
    for (let number = 0; number < 1_000; number++) built.of(clientOf(`${number}`, 'n'.repeat(1_000)), registered);
    madeOf.splice(0);
    built.of(clientOf('three'), registered);
    expect(madeOf).toEqual([]);
  });

  it('gives way to those that came later where they are large, however often they changed', () => {
    const large = (clientId: string, turn = 0) =>
      built.of(clientOf(clientId, `${turn}${'n'.repeat(99_000)}`), registered);
    for (let turn = 0; turn < 100; turn++) large('four', turn);
    for (const clientId of ['five', 'six']) large(clientId);
    large('four', 99);
    for (let number = 0; number < 18; number++) large(`large ${number}`);
    madeOf.splice(0);
    large('four', 99);
    expect(madeOf).toEqual([]);
    for (const clientId of ['five', 'six']) large(clientId);
    expect(madeOf).toEqual(['five', 'six']);
  });
});
