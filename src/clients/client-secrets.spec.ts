import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { ClientSecrets, type SecretRules } from './client-secrets.js';
import { ImportedHashes } from './imported-hashes.js';
import { Keyring } from './keyring.js';
import { WrongGuesses } from './wrong-guesses.js';

let now = 1_800_000_000;
const keyring = new Keyring({ SECRET_KEY: [randomBytes(32)] } as never);
const guesses = new WrongGuesses({ now: () => now });
const secrets = new ClientSecrets(keyring, { now: () => now }, new ImportedHashes(guesses), guesses);

const lasting: SecretRules = { ttl: 0, recoverable: false, overlap: 0 };
const renewing: SecretRules = { ttl: 1000, recoverable: false, overlap: 100 };
const metadata = (token_endpoint_auth_method: string): ClientMetadata => ({ token_endpoint_auth_method });
const [basic, jwt, none] = [metadata('client_secret_basic'), metadata('client_secret_jwt'), metadata('none')];

const clientWith = (...issued: Parameters<ClientSecrets['issue']> extends [string, ...infer Rest] ? Rest : never) => {
  const { secrets: kept, shown } = secrets.issue('client', ...issued);
  return { client: { clientId: 'client', secrets: kept }, shown };
};

describe('a new secret', () => {
  it('is 64 characters that survive form encoding, and only its digest is kept (RFC 6749 section 10.10)', () => {
    const { client, shown } = clientWith(basic, lasting);
    expect(shown).toMatch(/^[\w-]{64}$/);
    expect(client.secrets).toEqual([
      { id: expect.any(String), digest: keyring.digest(shown!), created_at: now, expires_at: 0 },
    ]);
  });

  it('is sealed too where something needs it in the clear (OpenID Connect Core section 9)', () => {
    const { client, shown } = clientWith(jwt, lasting);
    expect(client.secrets[0]!.sealed).toBeDefined();
    expect(JSON.stringify(client)).not.toContain(shown);
    expect(secrets.reveal(client)).toBe(shown);
    expect([...secrets.revealAll(client).values()]).toEqual([shown]);
  });

  it('is sealed where the template keeps secrets recoverable', () => {
    const { client, shown } = clientWith(basic, { ...lasting, recoverable: true });
    expect(secrets.reveal(client)).toBe(shown);
  });

  it('is not made for a client that does not authenticate with one (RFC 7591 section 2)', () => {
    expect(secrets.issue('client', none, lasting)).toEqual({ secrets: [] });
    expect(secrets.issue('client', metadata('private_key_jwt'), lasting)).toEqual({ secrets: [] });
  });

  it('expires when the template says so (RFC 7591 section 3.2.1)', () => {
    expect(clientWith(basic, renewing).client.secrets[0]!.expires_at).toBe(now + 1000);
  });
});

describe('finding a secret', () => {
  it('finds the one that was presented, until it expires', () => {
    const { client, shown } = clientWith(basic, renewing);
    expect(secrets.find(client, shown!)).toBe(client.secrets[0]);
    expect(secrets.find(client, `${shown}x`)).toBeUndefined();
    now += 1000;
    expect(secrets.find(client, shown!)).toBeUndefined();
  });

  it('finds nothing for a client without secrets, and for nobody', () => {
    expect(secrets.find({ clientId: 'client', secrets: [] }, '')).toBeUndefined();
    expect(secrets.find(undefined, 'x')).toBeUndefined();
  });
});

describe('after a replacement', () => {
  it('a secret that serves is kept as it is', () => {
    const { client } = clientWith(basic, lasting);
    expect(secrets.reissue(client, metadata('client_secret_post'), lasting)).toEqual({ secrets: client.secrets });
  });

  it('a secret that was presented is shown again', () => {
    const { client, shown } = clientWith(basic, lasting);
    expect(secrets.reissue(client, basic, lasting, shown)).toEqual({ secrets: client.secrets, shown });
  });

  it('a secret that nothing needs is dropped', () => {
    expect(secrets.reissue(clientWith(basic, lasting).client, none, lasting)).toEqual({ secrets: [] });
  });

  it('a client that needs one now gets one', () => {
    const { shown, secrets: kept } = secrets.reissue({ clientId: 'client', secrets: [] }, basic, lasting);
    expect(kept).toHaveLength(1);
    expect(secrets.find({ clientId: 'client', secrets: kept }, shown!)).toBeDefined();
  });

  it('a secret that has to be known in the clear now is sealed when it is presented, and else replaced', () => {
    const { client, shown } = clientWith(basic, lasting);
    const sealed = secrets.reissue(client, jwt, lasting, shown);
    expect(sealed.shown).toBe(shown);
    expect(secrets.reveal({ ...client, secrets: sealed.secrets })).toBe(shown);

    const replaced = secrets.reissue(client, jwt, lasting);
    expect(replaced.secrets).toHaveLength(1);
    expect(replaced.shown).not.toBe(shown);
    expect(secrets.find({ ...client, secrets: replaced.secrets }, shown!)).toBeUndefined();
  });

  it('a secret that need not be known in the clear any more loses its seal', () => {
    const { client, shown } = clientWith(jwt, lasting);
    const { secrets: kept } = secrets.reissue(client, basic, lasting);
    expect(kept[0]).not.toHaveProperty('sealed');
    expect(secrets.find({ ...client, secrets: kept }, shown!)).toBeDefined();
  });

  it('within the overlap before its end a new one comes beside it', () => {
    const { client, shown } = clientWith(basic, renewing);
    now += 850;
    expect(secrets.reissue(client, basic, renewing).secrets).toEqual(client.secrets);
    now += 50;
    const renewed = secrets.reissue(client, basic, renewing);
    expect(renewed.secrets).toHaveLength(2);
    expect(renewed.shown).not.toBe(shown);
    expect(secrets.find({ ...client, secrets: renewed.secrets }, shown!)).toBeDefined();
    now += 100;
    expect(secrets.find({ ...client, secrets: renewed.secrets }, shown!)).toBeUndefined();
    expect(secrets.find({ ...client, secrets: renewed.secrets }, renewed.shown!)).toBeDefined();
  });
});

describe('when the key of a secret has left the list', () => {
  const others = new ClientSecrets(
    new Keyring({ SECRET_KEY: [randomBytes(32)] } as never),
    { now: () => now },
    new ImportedHashes(guesses),
    guesses,
  );

  it('the secret is found and revealed no more, and nothing fails', () => {
    const { client, shown } = clientWith(jwt, lasting);
    expect(others.find(client, shown!)).toBeUndefined();
    expect(others.reveal(client)).toBeUndefined();
    expect(others.revealAll(client)).toEqual(new Map());
    expect(others.renewed(client, shown)).toBe(client.secrets);
  });

  it.each([
    ['in the clear', jwt],
    ['as a digest', basic],
  ])('a replacement issues a new one, kept %s', (_how, method) => {
    const { client } = clientWith(method, lasting);
    const { secrets: kept, shown } = others.reissue(client, method, lasting);
    expect(kept).toHaveLength(1);
    expect(others.find({ ...client, secrets: kept }, shown!)).toBe(kept[0]);
  });
});
