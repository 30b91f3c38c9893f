import type fc from 'fast-check';
import { type Answer, replacementOf, send } from '../support/http.js';
import { adminToken } from '../support/test-app.js';
import { expectSame } from './fuzz.js';

/** How long a client of the template lives, in seconds. */
export const ttl = 1_000;

/** What a client has to be by all that was answered; tokens and secrets by the numbers under which the real ones are kept. */
export interface Life {
  status: 'active' | 'suspended' | 'deleted';
  endsAt: number;
  /** Whether it was expired at any time: then the sweep may have written that down, too. */
  hasLapsed: boolean;
  name: string;
  version: number;
  newest?: number;
  previous?: number;
  secrets: { readonly number: number; endsAt: number }[];
}

export interface Model {
  now: number;
  readonly lives: Life[];
}

/** The real clients, with every token and secret that they were ever given. */
export interface Real {
  readonly url: string;
  readonly registrar: string;
  readonly clients: {
    readonly id: string;
    readonly uri: string;
    readonly tokens: string[];
    readonly secrets: string[];
  }[];
  readonly setClock: (now: number) => void;
}

type Command = fc.AsyncCommand<Model, Real>;

const statusOf = ({ status, endsAt }: Life, { now }: Model) =>
  status !== 'deleted' && endsAt <= now ? 'expired' : status;

const register = (name: string): Command => ({
  check: ({ lives }) => lives.length < 5,
  run: async ({ lives, now }, { url, registrar, clients }) => {
    const json = { client_name: name, redirect_uris: ['https://app.example/cb'] };
    const { status, body } = await send('POST', `${url}/register`, { token: registrar, json });
    expectSame([status, body.client_name], [201, name]);
    const { client_id: id, registration_client_uri: uri } = body;
    clients.push({ id, uri, tokens: [body.registration_access_token], secrets: [body.client_secret] });
    const credentials = { newest: 0, secrets: [{ number: 0, endsAt: Infinity }] };
    lives.push({ status: 'active', endsAt: now + ttl, hasLapsed: false, name, version: 1, ...credentials });
  },
  toString: () => `register ${name}`,
});

interface Subject {
  readonly life: Life;
  readonly client: Real['clients'][number];
  readonly model: Model;
  readonly real: Real;
}

/** Something that is done with one of the clients, after which it is looked at. */
const on = (which: number, words: string, act: (subject: Subject) => Promise<void>): Command => ({
  check: ({ lives }) => lives.length > 0,
  run: async (model, real) => {
    const index = which % model.lives.length;
    const [life, client] = [model.lives[index]!, real.clients[index]!];
    if (statusOf(life, model) === 'expired') life.hasLapsed = true;
    await act({ life, client, model, real });
    await look({ life, client, model, real });
  },
  toString: () => `${words} client ${which}`,
});

const asAdministrator = (method: string, { real, client }: Subject, below = '', json?: object): Promise<Answer> =>
  send(method, `${real.url}/admin/clients/${client.id}${below}`, { token: adminToken, json });

/** What an administrator sees is what the model says. */
async function look(subject: Subject): Promise<void> {
  const { life, model } = subject;
  const { body } = await asAdministrator('GET', subject);
  const status = statusOf(life, model);
  expectSame([body.status, body.metadata?.client_name], [status, status === 'deleted' ? undefined : life.name]);
  if (!life.hasLapsed) expectSame(body.version, life.version);
}

/** What a token is worth at the address of its own client, in a status of an answer; `good` where it lets in. */
function present({ life, model }: Subject, number: number, good: number): number {
  if (number !== life.newest && number !== life.previous) return 401;
  // The newest one has arrived, whatever it is worth.
  if (number === life.newest) delete life.previous;
  const status = statusOf(life, model);
  return status === 'active' ? good : status === 'suspended' ? 403 : 401;
}

const withToken = (method: string, subject: Subject, number: number, json?: object) =>
  send(method, subject.client.uri, { token: subject.client.tokens[number], json });
const pickToken = ({ client }: Subject, pick: number) => client.tokens.length - 1 - (pick % client.tokens.length);

const read = (which: number, pick: number): Command =>
  on(which, `read with token ${pick} of`, async (subject) => {
    const number = pickToken(subject, pick);
    const { status, body } = await withToken('GET', subject, number);
    expectSame(status, present(subject, number, 200));
    if (status === 200)
      expectSame(
        [body.client_name, body.registration_access_token],
        [subject.life.name, subject.client.tokens[number]],
      );
  });

const replace = (which: number, pick: number, name: string): Command =>
  on(which, `replace with token ${pick} by ${name}`, async (subject) => {
    const { life, client } = subject;
    const number = pickToken(subject, pick);
    const json = { client_id: client.id, client_name: name, redirect_uris: ['https://app.example/cb'] };
    const { status, body } = await withToken('PUT', subject, number, json);
    expectSame(status, present(subject, number, 200));
    if (status !== 200) return;
    Object.assign(life, { name, version: life.version + 1 });
    // The presented one works until the new one is used.
    if (number === life.newest) life.previous = number;
    life.newest = client.tokens.push(body.registration_access_token) - 1;
  });

const refuseStale = (which: number): Command =>
  on(which, 'replace what has changed since', async (subject) => {
    const { life, client } = subject;
    if (life.newest === undefined) return;
    const json = replacementOf({
      client_id: client.id,
      client_name: 'Nobody',
      redirect_uris: ['https://app.example/cb'],
    });
    const headers = { 'if-match': `"${life.version + 100}"` };
    const { status } = await send('PUT', client.uri, { token: client.tokens[life.newest], json, headers });
    expectSame(status, present(subject, life.newest, 412));
  });

const remove = (which: number, pick: number): Command =>
  on(which, `delete with token ${pick}`, async (subject) => {
    const number = pickToken(subject, pick);
    const { status } = await withToken('DELETE', subject, number);
    expectSame(status, present(subject, number, 204));
    if (status === 204) end(subject.life);
  });

function end(life: Life): void {
  Object.assign(life, { status: 'deleted', version: life.version + 1, secrets: [] });
  delete life.newest;
  delete life.previous;
}

/** A token at the address of another client has leaked: it ends. */
const tryElsewhere = (which: number, pick: number): Command =>
  on(which, `try token ${pick} elsewhere of`, async (subject) => {
    const { life, client, real } = subject;
    const number = pickToken(subject, pick);
    const other = real.clients.find(({ id }) => id !== client.id);
    if (!other) return;
    expectSame((await send('GET', other.uri, { token: client.tokens[number] })).status, 401);
    if (number !== life.newest && number !== life.previous) return;
    delete life.newest;
    delete life.previous;
    life.version++;
  });

const become = (which: number, wanted: 'active' | 'suspended' | 'deleted'): Command =>
  on(which, `make ${wanted}`, async (subject) => {
    const { life, model } = subject;
    const before = statusOf(life, model);
    if (wanted === 'deleted') {
      expectSame((await asAdministrator('DELETE', subject)).status, 204);
      if (before !== 'deleted') end(life);
      return;
    }
    const { status } = await asAdministrator('PATCH', subject, '', { status: wanted });
    const isPossible = before === wanted || (before !== 'deleted' && (wanted === 'active' || before === 'active'));
    expectSame(status, isPossible ? 200 : 409);
    if (!isPossible || before === wanted) return;
    if (before === 'expired') life.endsAt = model.now + ttl;
    Object.assign(life, { status: wanted, version: life.version + 1 });
  });

const isAlive = ({ life, model }: Subject) => ['active', 'suspended'].includes(statusOf(life, model));

const issueToken = (which: number): Command =>
  on(which, 'issue a token for', async (subject) => {
    const { life, client } = subject;
    const { status, body } = await asAdministrator('POST', subject, '/registration-access-token');
    expectSame(status, isAlive(subject) ? 201 : 409);
    if (status !== 201) return;
    life.newest = client.tokens.push(body.registration_access_token) - 1;
    delete life.previous;
    life.version++;
  });

const mostSecrets = 10;

/** A new secret, beside those that are alive then. */
function addSecret({ life, client, model: { now } }: Subject, secret: string, overlap: number): void {
  for (const one of life.secrets) one.endsAt = Math.min(one.endsAt, now + overlap);
  life.secrets = life.secrets.filter(({ endsAt }) => endsAt > now);
  life.secrets.push({ number: client.secrets.push(secret) - 1, endsAt: Infinity });
  life.version++;
}

const rotateSecret = (which: number, overlap: number): Command =>
  on(which, `rotate the secret, overlap ${overlap}, of`, async (subject) => {
    const { life, model } = subject;
    const { status, body } = await asAdministrator('POST', subject, '/secrets', { overlap });
    const living = overlap === 0 ? 0 : life.secrets.filter(({ endsAt }) => endsAt > model.now).length;
    expectSame(status, isAlive(subject) && living < mostSecrets ? 201 : 409);
    if (status === 201) addSecret(subject, body.client_secret, overlap);
  });

const renewSecret = (which: number, pick: number): Command =>
  on(which, `renew the secret with token ${pick} of`, async (subject) => {
    const number = pickToken(subject, pick);
    const { uri, tokens } = subject.client;
    const { status, body } = await send('POST', `${uri}/secret`, { token: tokens[number] });
    expectSame(status, present(subject, number, 200));
    if (status === 200) addSecret(subject, body.client_secret, 0);
  });

const authenticate = (which: number, pick: number): Command =>
  on(which, `authenticate with secret ${pick}`, async (subject) => {
    const { life, client, model, real } = subject;
    const number = client.secrets.length - 1 - (pick % client.secrets.length);
    const json = { client_secret: client.secrets[number] };
    const { body } = await send('POST', `${real.url}/lookup/clients/${client.id}/authenticate`, {
      token: adminToken,
      json,
    });
    const isGood = life.secrets.some((secret) => secret.number === number && secret.endsAt > model.now);
    expectSame(body.authenticated, isGood && statusOf(life, model) === 'active');
  });

const pass = (seconds: number): Command => ({
  check: () => true,
  run: (model, { setClock }) => {
    model.now += seconds;
    setClock(model.now);
    for (const life of model.lives) if (statusOf(life, model) === 'expired') life.hasLapsed = true;
    return Promise.resolve();
  },
  toString: () => `let ${seconds} seconds pass`,
});

export const commands = {
  ...{ register, read, replace, refuseStale, remove, tryElsewhere, become, issueToken },
  ...{ rotateSecret, renewSecret, authenticate, pass },
};
