import { request as httpRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { adminToken } from './test-app.js';

/** What came back, with its body read as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
  /** The body as it came. */
  readonly text: string;
}

export interface Sending {
  readonly token?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** Every secret and token that an answer ever held, so that a test can look for them where they must not be. */
export const credentialsSeen = new Set<string>();

/** Sends a request as any client would. */
export async function send(method: string, url: string, { token, json, body, headers }: Sending = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
    redirect: 'manual',
  });
  return answerOf(response.status, response.headers, await response.text());
}

/** The answer to what is asked again as long as the service wishes that. */
export async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  for (const end = Date.now() + 60_000; ; await wait(100)) {
    const answer = await ask();
    if (answer.status !== 503 || Date.now() > end) return answer;
  }
}

export interface RawSending {
  readonly path?: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** What all but the first byte of the body waits for. */
  readonly until?: Promise<void>;
}

/**
 * Sends a request just as it is written: a path that is not tidied up, and headers that may come
 * twice.
 */
export function sendRaw(
  method: string,
  url: string,
  { path = new URL(url).pathname, headers = [], body, until }: RawSending = {},
): Promise<Answer> {
  const { hostname, port, host } = new URL(url);
  const lines = headers.some((name) => name.toLowerCase() === 'host') ? headers : ['Host', host, ...headers];
  const framed = body === undefined ? lines : [...lines, 'Content-Length', String(Buffer.byteLength(body))];
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, method, path, headers: framed, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const received = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve(answerOf(response.statusCode ?? 0, new Headers(received), Buffer.concat(chunks).toString()));
      });
    });
    outgoing.on('error', reject);
    if (body === undefined || until === undefined) return void outgoing.end(body);
    outgoing.write(body.slice(0, 1));
    void until.then(() => outgoing.end(body.slice(1)));
  });
}

/**
 * Sends the same kind of request many times so that they really meet: each is let in before any of them is whole, since
 * all but the first byte of the bodies comes only then. A slow machine lets nobody wait for ever: who is told to come again
 * does.
 */
export async function sendAtOnce(
  times: number,
  request: (turn: number) => { method: string; url: string; token: string; json: unknown; more?: readonly string[] },
): Promise<Answer[]> {
  const until = new Promise<void>((resolve) => setTimeout(resolve, 150 + times));
  return Promise.all(
    Array.from({ length: times }, (_, turn) => {
      const { method, url, token, json, more = [] } = request(turn);
      const headers = ['Authorization', `Bearer ${token}`, 'Content-Type', 'application/json', ...more];
      return patiently(() => sendRaw(method, url, { headers, body: JSON.stringify(json), until }));
    }),
  );
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const isJson = /^application\/([a-z-]+\+)?json\b/.test(headers.get('content-type') ?? '') && text !== '';
  const body: unknown = isJson ? JSON.parse(text) : text;
  if (isJson) rememberCredentials(body as Record<string, unknown>);
  return { status, headers, body, text };
}

function rememberCredentials(body: Record<string, unknown>): void {
  for (const member of ['client_secret', 'registration_access_token', 'token']) {
    const value = body[member];
    if (typeof value === 'string') credentialsSeen.add(value);
  }
}

/** Makes an initial access token. */
export async function initialAccessToken(url: string, bounds: object = {}): Promise<string> {
  const { body } = await send('POST', `${url}/admin/initial-access-tokens`, { token: adminToken, json: bounds });
  return body.token;
}

export const webClient = { client_name: 'Weather', redirect_uris: ['https://app.example/callback'] };

/** Registers a client with a token of its own. */
export async function register(url: string, metadata: object = webClient, bounds: object = {}): Promise<Answer> {
  return send('POST', `${url}/register`, { token: await initialAccessToken(url, bounds), json: metadata });
}

/** What a client sends to have its registration replaced by what it is already: all but what only the server sets. */
export function replacementOf(information: Record<string, unknown>, changes: object = {}): Record<string, unknown> {
  const { registration_access_token, registration_client_uri, client_id_issued_at, client_secret_expires_at, ...rest } =
    information;
  return { ...rest, ...changes };
}
