import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPair } from './support/builders.js';
import { docsHost } from './support/docs-host.js';
import { type DocumentServer, serveDocuments } from './support/documents.js';
import { fetchedMembers, refusals } from './support/fetched-members.js';
import { send, webClient } from './support/http.js';
import { Instance } from './support/instance.js';
import { saveTemplate } from './support/templates.js';

const megabyte = 2 ** 20;
const key = keyPair().publicKey;
const keys = (number: number, more: object = {}) =>
  JSON.stringify({ keys: Array.from({ length: number }, (_, kid) => ({ ...key, kid: String(kid), ...more })) });

const json =
  (body: string | Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(body);

/** Writes for as long as somebody reads. */
const endlessly =
  (begin: string, text: string): RequestListener =>
  ({ socket }) => {
    const more = () => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', more).write(begin);
    more();
  };

/** Writes a little every now and then. */
const dripping =
  (begin: string, text: string): RequestListener =>
  ({ socket }) => {
    socket.write(begin);
    const drip = setInterval(() => socket.write(text), 20);
    socket.on('close', () => clearInterval(drip));
  };

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
const nothing = Buffer.alloc(100 * megabyte);
const bomb = gzipSync(nothing, { level: 1 });
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const hostile: Readonly<Record<string, RequestListener>> = {
  '10,000 keys': json(keys(10_000)),
  '10,000 keys of no announced length': (_, response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json' }).write(keys(10_000), () => response.end()),
  'a key with a name of a megabyte': json(keys(1, { kid: 'x'.repeat(megabyte) })),
  'an RSA key of 65,536 bits': json(
    JSON.stringify({ keys: [{ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(8_192, 0xff).toString('base64url') }] }),
  ),
  'a gzip bomb': json(bomb, { 'Content-Encoding': 'gzip' }),
  'a brotli bomb': json(brotliCompressSync(nothing, quick), { 'Content-Encoding': 'br' }),
  'a gzip bomb in chunks': (_, response) => {
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'gzip, chunked' };
    response.writeHead(200, headers).end(bomb);
  },
  'a body without an end': endlessly(`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk),
  'headers without an end': endlessly(head, `X: ${'x'.repeat(1_000)}\r\n`),
  'one header without an end': endlessly(`${head}X: `, 'x'.repeat(1_000)),
  'interim answers without an end': endlessly('', 'HTTP/1.1 103 Early Hints\r\nX: x\r\n\r\n'),
  'a body that drips': dripping(`${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  'headers that drip': dripping(head, 'X: x\r\n'),
  'lists in lists': json('['.repeat(30_000) + ']'.repeat(30_000)),
  silence: () => undefined,
};

let program: Instance;
let folder: string;
let proxy: DocumentServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clientele-hosts-'));
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, docsHost.cert);
  proxy = await serveDocuments(json(JSON.stringify(webClient.redirect_uris)));
  const anywhere = `http://127.0.0.1:${proxy.port}`;
  program = await Instance.start({
    FETCH_ALLOW: '127.0.0.0/8',
    METADATA_DOCUMENT_TEMPLATE: 'described',
    TRUST_PROXY: '127.0.0.1,::1',
    NODE_EXTRA_CA_CERTS: authorities,
    ...{ HTTP_PROXY: anywhere, HTTPS_PROXY: anywhere, ALL_PROXY: anywhere, http_proxy: anywhere },
    ...{ https_proxy: anywhere, NODE_USE_ENV_PROXY: '1' },
  });
  await program.ready();
  await saveTemplate(program, { id: 'described', access: { metadata_document: true } });
});
afterAll(async () => {
  await program.remove();
  await proxy.close();
  rmSync(folder, { recursive: true });
});

/** Hosts that are new to the program, so that none of them is left alone for what it did before. */
async function startHosts(): Promise<ReadonlyMap<string, Pick<DocumentServer, 'port' | 'close'>>> {
  const started = Object.entries(hostile).map(
    async ([name, listener]) => [name, await serveDocuments(listener, { tls: true })] as const,
  );
  return new Map([...(await Promise.all(started)), ['silence before TLS', await deaf()]]);
}

/** Takes connections, and says nothing. */
async function deaf(): Promise<Pick<DocumentServer, 'port' | 'close'>> {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** How much memory the program has, in bytes. */
async function memory(): Promise<number> {
  const { text } = await send('GET', `${program.url}/metrics`);
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)![1]);
}

interface Told {
  readonly name: string;
  readonly answer: string;
  readonly milliseconds: number;
}

interface Round {
  readonly told: readonly Told[];
  /** The most memory that the program had meanwhile. */
  readonly most: number;
  /** The longest that it took for an answer that waits for nobody, in milliseconds. */
  readonly slowest: number;
}

/** What is answered about each of the hosts. */
async function askAll(member: string): Promise<Round> {
  const hosts = await startHosts();
  let isOver = false;
  const watching = (async () => {
    let [most, slowest] = [0, 0];
    for (; !isOver; await wait(50)) {
      const begin = performance.now();
      most = Math.max(most, await memory());
      slowest = Math.max(slowest, performance.now() - begin);
    }
    return { most, slowest };
  })();
  const ask = async ([name, { port }]: readonly [string, { readonly port: number }]): Promise<Told> => {
    const begin = performance.now();
    const { status, body } = await fetchedMembers[member]!(program, `https://127.0.0.1:${port}/`);
    const answer = `${status} ${body.outcome ?? body.error}`;
    return { name, answer, milliseconds: performance.now() - begin };
  };
  try {
    // No more at once than the fetcher lets out, so that each of them is really heard.
    const entries = [...hosts];
    const told: Told[] = [];
    while (entries.length > 0) told.push(...(await Promise.all(entries.splice(0, 8).map(ask))));
    isOver = true;
    return { told, ...(await watching) };
  } finally {
    isOver = true;
    await Promise.all([...hosts.values()].map((host) => host.close()));
  }
}

const members = Object.keys(fetchedMembers);

describe('a host that means harm', () => {
  beforeAll(async () => {
    // What the program does for the first time takes memory that it keeps.
    const good = await serveDocuments(json(JSON.stringify(webClient.redirect_uris)), { tls: true });
    for (const member of members)
      for (let time = 0; time < 5; time++)
        await fetchedMembers[member]!(program, `https://127.0.0.1:${good.port}/${time}`);
    await good.close();
  });

  it.each(members)('is given up on within four seconds, and takes no memory, as %s', async (member) => {
    const before = await memory();
    const { told, most, slowest } = await askAll(member);
    const expected = refusals[member]!.join(' ');
    expect(told.map(({ name, answer }) => [name, answer])).toEqual(told.map(({ name }) => [name, expected]));
    for (const { name, milliseconds } of told)
      expect([name, milliseconds < 4_000 + slowest ? 'in time' : milliseconds]).toEqual([name, 'in time']);
    expect((most - before) / megabyte).toBeLessThan(32);
  });

  it('leaves the program as it was', async () => {
    const good = await serveDocuments(json(JSON.stringify(webClient.redirect_uris)), { tls: true });
    try {
      const { status } = await fetchedMembers[members[0]!]!(program, `https://127.0.0.1:${good.port}/`);
      expect(status).toBe(201);
      const { text } = await send('GET', `${program.url}/metrics`);
      const outcomes = [...text.matchAll(/^clientele_fetches_total\{outcome="(\w+)"\}/gm)].map(
        ([, outcome]) => outcome,
      );
      expect(outcomes.sort()).toEqual([
        ...['fetched', 'malformed', 'too_large', 'too_late', 'type_refused', 'unreachable'],
      ]);
    } finally {
      await good.close();
    }
  });

  it('is never asked for by a proxy that the environment names', () => {
    expect(proxy.connections()).toBe(0);
  });
});
