import { once } from 'node:events';
import { createServer as createRawServer, type Server as RawServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { Environment } from '../config/environment.js';
import { fetchAllowance } from '../config/fetch-allowance.js';
import { type DocumentServer, LoopbackDialer, serveDocuments, TableResolver } from '../../test/support/documents.js';
import type { RequestListener } from 'node:http';
import { FetchFailure } from './fetch-failure.js';
import { FetchLimits } from './fetch-limits.js';
import { GuardedFetcher } from './guarded-fetcher.js';

Logger.overrideLogger(false);

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

const serve = async (listener: RequestListener, options?: Parameters<typeof serveDocuments>[1]) => {
  const server = await serveDocuments(listener, options);
  closing.push(server);
  return server;
};

/** A server that writes these bytes whatever it is asked, and leaves the connection open. */
async function serveRaw(text: string): Promise<{ port: number }> {
  const server: RawServer = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(server);
  return { port: (server.address() as { port: number }).port };
}

const json =
  (text: string, headers: Record<string, string | string[]> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(text);
  };
const document = json('["https://app.example/cb"]');

interface Setting {
  readonly allow?: string;
  readonly hosts?: ConstructorParameters<typeof TableResolver>[0];
  readonly limits?: Partial<FetchLimits>;
}

function fetcherWith({ allow = 'http://127.0.0.0/8', hosts = {}, limits = {} }: Setting = {}) {
  const resolver = new TableResolver({ 'docs.test': ['127.0.0.1'], ...hosts });
  const dialer = new LoopbackDialer();
  const environment = Object.assign(new Environment(), { FETCH_ALLOW: fetchAllowance(allow) });
  const all = { ...new FetchLimits(), toldAfter: 0, ...limits };
  return { resolver, dialer, fetcher: new GuardedFetcher(environment, resolver, dialer, all) };
}

/** How a fetch fails, and that its text says no more than any other failure's. */
async function outcomeOf(fetching: Promise<unknown>): Promise<string> {
  try {
    await fetching;
    return 'fetched';
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    expect(error.message).toBe(FetchFailure.sentence);
    return error.outcome;
  }
}

describe('a document', () => {
  it('is fetched with nothing that says who asks', async () => {
    let asked: unknown;
    const { port } = await serve((request, response) => {
      asked = { method: request.method, url: request.url, headers: request.headers };
      document(request, response);
    });
    const { fetcher } = fetcherWith();
    expect((await fetcher.fetchJson(`http://docs.test:${port}/a%2Fb?x=1`)).document).toEqual([
      'https://app.example/cb',
    ]);
    expect(asked).toEqual({
      method: 'GET',
      url: '/a%2Fb?x=1',
      headers: {
        host: `docs.test:${port}`,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'clientele',
        connection: 'close',
      },
    });
    expect(Object.fromEntries(fetcher.outcomes)).toEqual({ fetched: 1 });
  });

  it('never brings cookies back to where they came from', async () => {
    const cookies: unknown[] = [];
    const { port } = await serve((request, response) => {
      cookies.push(request.headers.cookie);
      json('{}', { 'Set-Cookie': 'session=1' })(request, response);
    });
    const { fetcher } = fetcherWith();
    for (let time = 0; time < 2; time++) await fetcher.fetchJson(`http://docs.test:${port}/`);
    expect(cookies).toEqual([undefined, undefined]);
  });

  it('is never asked of a proxy', async () => {
    const proxy = await serve(document);
    const { port } = await serve(document);
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`;
    try {
      await fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`);
    } finally {
      for (const name of names) delete process.env[name];
    }
    expect(proxy.connections()).toBe(0);
  });

  it.each(['application/json', 'APPLICATION/JSON; charset=utf-8', 'application/jwk-set+json'])(
    'may be of type %s',
    async (type) => {
      const { port } = await serve(json('{}', { 'Content-Type': type }));
      expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('fetched');
    },
  );

  it.each<[string, string, RequestListener]>([
    ['an HTML page', 'type_refused', json('{}', { 'Content-Type': 'text/html' })],
    ['text', 'type_refused', json('{}', { 'Content-Type': 'text/plain' })],
    ['a type that only begins like JSON', 'type_refused', json('{}', { 'Content-Type': 'application/jsonp' })],
    ['without a type', 'type_refused', (_, response) => void response.end('{}')],
    ['gzip', 'type_refused', json('{}', { 'Content-Encoding': 'gzip' })],
    ['gzip in gzip', 'type_refused', json('{}', { 'Content-Encoding': 'gzip, gzip' })],
    ['brotli', 'type_refused', json('{}', { 'Content-Encoding': 'br' })],
    [
      '404',
      'status_refused',
      (_, response) => void response.writeHead(404, { 'Content-Type': 'application/json' }).end('{}'),
    ],
    [
      '201',
      'status_refused',
      (_, response) => void response.writeHead(201, { 'Content-Type': 'application/json' }).end('{}'),
    ],
    [
      '206',
      'status_refused',
      (_, response) => void response.writeHead(206, { 'Content-Type': 'application/json' }).end('{}'),
    ],
    [
      '503',
      'server_failed',
      (_, response) => void response.writeHead(503, { 'Content-Type': 'application/json' }).end('{}'),
    ],
    ['broken JSON', 'malformed', json('{"a":')],
    ['nothing', 'malformed', json('')],
    ['JSON with a member twice', 'malformed', json('{"a":1,"a":2}')],
    ['JSON that nests 20,000 levels', 'malformed', json('['.repeat(20_000) + ']'.repeat(20_000))],
    [
      'bytes that are not UTF-8',
      'malformed',
      (_, response) =>
        void response.writeHead(200, { 'Content-Type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    ['64 KiB and a byte', 'too_large', json(`"${'x'.repeat(64 * 1024 - 1)}"`)],
    [
      'a length of a terabyte',
      'too_large',
      (_, response) =>
        void response
          .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1099511627776' })
          .write('"'),
    ],
    ['a connection that breaks', 'unreachable', (request) => void request.socket.destroy()],
    [
      'half of what was announced',
      'unreachable',
      (_, response) => {
        response
          .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '4' })
          .write('{}', () => response.destroy());
      },
    ],
    [
      'headers of a megabyte',
      'unreachable',
      (request) => void request.socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`),
    ],
  ])('is refused where the answer is %s', async (_name, outcome, listener) => {
    const { port } = await serve(listener);
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe(outcome);
  });

  it('may have 64 KiB to the byte', async () => {
    const { port } = await serve(json(`"${'x'.repeat(64 * 1024 - 2)}"`));
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('fetched');
  });

  it.each([301, 302, 303, 307, 308])('is never sought where a redirect with status %i leads', async (status) => {
    const canary = await serve(document);
    const { port } = await serve((_, response) => {
      response.writeHead(status, { Location: `http://127.0.0.1:${canary.port}/` }).end();
    });
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('redirected');
    expect(canary.connections()).toBe(0);
  });

  it('is not unpacked, however small it comes', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const { port } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(bomb);
    });
    const before = process.memoryUsage().rss;
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('type_refused');
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024);
  });

  it('without an end is left after 64 KiB', async () => {
    let written = 0;
    const { port } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16 * 1024))) written += 16 * 1024;
      };
      response.on('drain', more);
      more();
    });
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('too_large');
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it.each<[string, RequestListener]>([
    ['never answers', () => undefined],
    [
      'drips byte by byte',
      (_, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
    [
      'drips its headers',
      ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('X: x\r\n'), 20);
        socket.on('close', () => clearInterval(drip));
      },
    ],
    [
      'says for ever that it goes on',
      ({ socket }) => {
        const drip = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
        socket.on('close', () => clearInterval(drip));
      },
    ],
  ])('is given up on when its host %s', async (_name, listener) => {
    const { port } = await serve(listener);
    const begin = Date.now();
    const { fetcher } = fetcherWith({ limits: { time: 300 } });
    expect(await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('too_late');
    expect(Date.now() - begin).toBeGreaterThanOrEqual(290);
    expect(Date.now() - begin).toBeLessThan(2_000);
  });

  it('is given up on when its name is never answered', async () => {
    const { fetcher, resolver } = fetcherWith({ limits: { time: 100 } });
    resolver.addressesOf = () => new Promise(() => undefined);
    expect(await outcomeOf(fetcher.fetchJson('https://docs.test/'))).toBe('too_late');
  });

  it('is refused as soon as the host changes the protocol', async () => {
    const { port } = await serveRaw('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('unreachable');
  });
});

describe('a failure', () => {
  it('takes as long whether a port is closed, refuses or says nothing', async () => {
    const silent = await serve(() => undefined);
    const refusing = await serve((_, response) => void response.writeHead(404).end());
    const closed = await serve(document);
    await closed.close();
    const { fetcher } = fetcherWith({ limits: { time: 300, toldAfter: 300 } });
    const timeOf = async ({ port }: DocumentServer) => {
      const begin = performance.now();
      await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`));
      return performance.now() - begin;
    };
    const rounds: number[][] = [];
    for (let round = 0; round < 4; round++) rounds.push(await Promise.all([silent, refusing, closed].map(timeOf)));
    // The best of each, since what comes on top is the machine's.
    const times = [0, 1, 2].map((place) => Math.min(...rounds.map((round) => round[place]!)));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(290);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(150);
  });

  it('leaves no connection behind', async () => {
    let closed: Promise<unknown> = Promise.reject(new Error('nobody came'));
    closed.catch(() => undefined);
    const { port } = await serve((request, response) => {
      closed = once(request.socket, 'close', { signal: AbortSignal.timeout(2_000) });
      closed.catch(() => undefined);
      response.writeHead(200, { 'Content-Type': 'text/html' }).write(' ');
    });
    await outcomeOf(fetcherWith().fetcher.fetchJson(`http://docs.test:${port}/`));
    await closed;
  });

  it('never ends the process after it was told', async () => {
    const { port } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write(' ');
      setTimeout(() => response.destroy(), 350);
    });
    await outcomeOf(fetcherWith({ limits: { time: 300 } }).fetcher.fetchJson(`http://docs.test:${port}/`));
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
});

describe('an address', () => {
  it.each([
    'docs.test',
    'ftp://docs.test/',
    'file:///etc/passwd',
    'data:application/json,[]',
    'https://user@docs.test/',
    'https://user:pass@docs.test/',
    'https://docs.test/#x',
    'https://docs.test/#',
    'https://[fe80::1%25lo]/',
    'https://',
    `https://docs.test/${'x'.repeat(2048)}`,
  ])('is refused before anybody is asked: %s', async (address) => {
    const { fetcher, resolver, dialer } = fetcherWith();
    expect(await outcomeOf(fetcher.fetchJson(address))).toBe('address_refused');
    expect([...resolver.asked, ...dialer.dialled]).toEqual([]);
  });

  it.each([
    ['a port that is not for https', 'https://public.test:8443/', ['8.8.8.8']],
    ['plain http', 'http://public.test/', ['8.8.8.8']],
    ['plain http at the port for https', 'http://public.test:443/', ['8.8.8.8']],
    ['an inner address', 'https://public.test/', ['10.0.0.1']],
    ['an inner address after a public one', 'https://public.test/', ['8.8.8.8', '169.254.169.254']],
    ['an inner address before a public one', 'https://public.test/', ['fd00::1', '2600::1']],
    ['a wrapped address', 'https://public.test/', ['::ffff:127.0.0.1']],
    ['loopback', 'https://public.test/', ['127.0.0.1']],
    ['something that is no address', 'https://public.test/', ['localhost']],
  ])('is refused before anybody is called: %s', async (_name, address, addresses) => {
    const { fetcher, dialer } = fetcherWith({ allow: '', hosts: { 'public.test': addresses } });
    expect(await outcomeOf(fetcher.fetchJson(address))).toBe('network_refused');
    expect(dialer.dialled).toEqual([]);
  });

  it.each(
    [
      ['127.0.0.1', '127.1', '0177.0.0.1', '0x7f.1', '2130706433', '0x7f000001', '017700000001', '127.0.0.1.'],
      [
        '\uff11\uff12\uff17.0.0.1',
        '127\u30020\u30020\u30021',
        '%31%32%37.0.0.1',
        '[::1]',
        '[::ffff:7f00:1]',
        '0.0.0.0',
      ],
      ['[::]', '[64:ff9b::7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '169.254.169.254', '[fd00:ec2::254]', '0', '1'],
    ].flat(),
  )('of an inner host is refused as it is spelled: %s', async (host) => {
    const { fetcher, dialer, resolver } = fetcherWith({ allow: '' });
    resolver.addressesOf = (target) => Promise.resolve([target.host]);
    expect(await outcomeOf(fetcher.fetchJson(`https://${host}/`))).toBe('network_refused');
    expect(dialer.dialled).toEqual([]);
  });

  it('that nobody knows is refused', async () => {
    expect(await outcomeOf(fetcherWith().fetcher.fetchJson('https://nobody.test/'))).toBe('unresolved');
  });

  it('is called where it is public', async () => {
    const { fetcher, dialer } = fetcherWith({ hosts: { 'public.test': ['8.8.8.8', '2600::1'] } });
    await expect(fetcher.fetchJson('https://public.test/')).rejects.toThrow('a test must not leave loopback');
    expect(dialer.dialled).toEqual(['8.8.8.8', '2600::1']);
  });
});

describe('what the operator allows', () => {
  it('is a host by its name and port, wherever it leads, and no other port or scheme of it', async () => {
    const { port } = await serve(document, { tls: true });
    const { fetcher } = fetcherWith({ allow: `docs.test:${port}` });
    expect(await outcomeOf(fetcher.fetchJson(`https://docs.test:${port}/`))).toBe('fetched');
    expect(await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('network_refused');
    expect(await outcomeOf(fetcher.fetchJson(`https://docs.test:${port - 1}/`))).toBe('network_refused');
    expect(await outcomeOf(fetcher.fetchJson(`https://127.0.0.1:${port}/`))).toBe('network_refused');
  });

  it('is a range at any port, for every address of a host', async () => {
    const { port } = await serve(document);
    const hosts = { 'both.test': ['127.0.0.1', '127.0.0.9'] };
    const within = fetcherWith({ allow: 'http://127.0.0.1/32', hosts });
    expect(await outcomeOf(within.fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('fetched');
    expect(await outcomeOf(within.fetcher.fetchJson(`http://both.test:${port}/`))).toBe('network_refused');
    expect(within.dialer.dialled).toEqual(['127.0.0.1']);
  });

  it('is plain http only where it says so', async () => {
    const { port } = await serve(document);
    const { fetcher } = fetcherWith({ allow: `127.0.0.0/8,docs.test:${port}` });
    expect(await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`))).toBe('network_refused');
  });
});

describe('a name', () => {
  it('is resolved once, so that a second answer can lead nowhere else', async () => {
    const safe = await serve(document, { host: '127.0.0.2' });
    const inner = await serve(document, { host: '127.0.0.3', port: safe.port });
    let turn = 0;
    const { fetcher, resolver, dialer } = fetcherWith({
      allow: 'http://127.0.0.2/32',
      hosts: { 'rebinding.test': () => (turn++ % 2 === 0 ? ['127.0.0.2'] : ['127.0.0.3']) },
      limits: { atOnceOfOneHost: 8 },
    });
    const outcomes: string[] = [];
    for (let round = 0; round < 125; round++)
      outcomes.push(
        ...(await Promise.all(
          Array.from({ length: 8 }, (_, at) =>
            outcomeOf(fetcher.fetchJson(`http://rebinding.test:${safe.port}/${at}`)),
          ),
        )),
      );
    expect(resolver.asked).toHaveLength(outcomes.length);
    expect(new Set(outcomes)).toEqual(new Set(['fetched', 'network_refused']));
    expect(dialer.dialled).not.toContain('127.0.0.3');
    expect(inner.connections()).toBe(0);
  });

  it('is proved by the host at its address', async () => {
    const { port } = await serve(document, { tls: true });
    const { fetcher } = fetcherWith({ allow: '127.0.0.0/8', hosts: { 'other.test': ['127.0.0.1'] } });
    expect(await outcomeOf(fetcher.fetchJson(`https://docs.test:${port}/`))).toBe('fetched');
    expect(await outcomeOf(fetcher.fetchJson(`https://127.0.0.1:${port}/`))).toBe('fetched');
    expect(await outcomeOf(fetcher.fetchJson(`https://other.test:${port}/`))).toBe('unreachable');
  });

  it('is proved by a certificate that is trusted, whatever the environment says', async () => {
    const server = await serve(document, { tls: true });
    const { fetcher, dialer } = fetcherWith({ allow: '127.0.0.0/8' });
    Object.assign(dialer, { authorities: undefined });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await outcomeOf(fetcher.fetchJson(`https://docs.test:${server.port}/`))).toBe('unreachable');
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
    expect(server.requests()).toBe(0);
  });

  it('that has no TLS where TLS is asked is refused', async () => {
    const { port } = await serve(document);
    const { fetcher } = fetcherWith({ allow: '127.0.0.0/8' });
    expect(await outcomeOf(fetcher.fetchJson(`https://docs.test:${port}/`))).toBe('unreachable');
  });

  it('leads to the second address where the first is closed', async () => {
    const { port } = await serve(document, { host: '127.0.0.2' });
    const { fetcher } = fetcherWith({ hosts: { 'two.test': ['127.0.0.1', '127.0.0.2'] } });
    expect(await outcomeOf(fetcher.fetchJson(`http://two.test:${port}/`))).toBe('fetched');
  });
});

describe('many fetches', () => {
  /** A server that holds every request for a while, and the most that it ever held. */
  async function slowServer(): Promise<DocumentServer & { readonly most: () => number }> {
    let now = 0;
    let most = 0;
    const server = await serve((request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        document(request, response);
      }, 40);
    });
    return { ...server, most: () => most };
  }

  it('of one document at the same time are one request', async () => {
    const { port, requests } = await slowServer();
    const { fetcher } = fetcherWith();
    const address = `http://docs.test:${port}/`;
    const fetched = await Promise.all(Array.from({ length: 20 }, () => fetcher.fetchJson(address)));
    expect(fetched).toHaveLength(20);
    expect(requests()).toBe(1);
    await fetcher.fetchJson(address);
    expect(requests()).toBe(2);
  });

  it('of one host wait for their turn', async () => {
    const { port, most } = await slowServer();
    const { fetcher } = fetcherWith();
    await Promise.all(Array.from({ length: 12 }, (_, at) => fetcher.fetchJson(`http://docs.test:${port}/${at}`)));
    expect(most()).toBe(2);
  });

  it('of many hosts are at most eight at once', async () => {
    const { port, most } = await slowServer();
    const names = Array.from({ length: 24 }, (_, at) => `h${at}.test`);
    const hosts = Object.fromEntries(names.map((name) => [name, ['127.0.0.1']]));
    const { fetcher } = fetcherWith({ hosts });
    await Promise.all(names.map((name) => fetcher.fetchJson(`http://${name}:${port}/`)));
    expect(most()).toBe(8);
  });

  it('that wait too long, or are too many, are refused and hold no place', async () => {
    const { port } = await serve(() => undefined);
    const { fetcher } = fetcherWith({ limits: { time: 200, atOnce: 1, waiting: 2 } });
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, at) => outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/${at}`))),
    );
    expect(outcomes.slice(0, 3)).toEqual(['too_late', 'too_late', 'too_late']);
    expect(outcomes[3]).toBe('too_busy');
    const other = await serve(document);
    expect(await outcomeOf(fetcher.fetchJson(`http://docs.test:${other.port}/`))).toBe('fetched');
  });

  it('that fail on the way five times in a row leave their host alone', async () => {
    const { port, connections } = await serve((request) => void request.socket.destroy());
    const { fetcher } = fetcherWith();
    const outcomes: string[] = [];
    for (let time = 0; time < 7; time++) outcomes.push(await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`)));
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => 'unreachable'), 'suspended', 'suspended']);
    expect(connections()).toBe(5);
  });

  it('that find a document missing never leave its host alone', async () => {
    const { port, connections } = await serve((_, response) => void response.writeHead(404).end());
    const { fetcher } = fetcherWith();
    for (let time = 0; time < 7; time++) await outcomeOf(fetcher.fetchJson(`http://docs.test:${port}/`));
    expect(connections()).toBe(7);
  });
});

describe('sending something', () => {
  it('carries the method, the headers and the body, and takes every answer', async () => {
    const heard: unknown[] = [];
    const { port } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push([request.method, request.headers['content-type'], request.headers.authorization, body]);
        response.writeHead(400, { 'Content-Type': 'text/plain' }).end('no');
      });
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic eA==' };
    const sending = { method: 'POST', headers, body: 'code=ü' } as const;
    const { status, body } = await fetcherWith().fetcher.send(`http://docs.test:${port}/token`, sending);
    expect([status, body.toString()]).toEqual([400, 'no']);
    expect(heard).toEqual([['POST', headers['content-type'], headers.authorization, 'code=ü']]);
  });

  it.each<[string, number, Record<string, string>]>([
    ['redirected', 302, { Location: 'http://docs.test/' }],
    ['server_failed', 503, {}],
    ['type_refused', 200, { 'Content-Encoding': 'gzip' }],
    ['too_large', 200, { 'Content-Length': '70000' }],
  ])('is %s like any other request', async (outcome, status, headers) => {
    const { port } = await serve((_, response) => {
      response.writeHead(status, headers).end('{}'.padEnd(Number(headers['Content-Length'] ?? 2)));
    });
    const { fetcher } = fetcherWith();
    expect(await outcomeOf(fetcher.send(`http://docs.test:${port}/`, { method: 'POST', body: '' }))).toBe(outcome);
  });

  it('goes where it may at the time, and not where it might when it was written', async () => {
    const safe = await serve(document, { host: '127.0.0.2' });
    const inner = await serve(document, { host: '127.0.0.3', port: safe.port });
    let leadsTo = ['127.0.0.2'];
    const { fetcher } = fetcherWith({ allow: 'http://127.0.0.2/32', hosts: { 'moving.test': () => leadsTo } });
    const tell = () => outcomeOf(fetcher.send(`http://moving.test:${safe.port}/`, { method: 'POST', body: 'x' }));
    expect(await tell()).toBe('fetched');
    leadsTo = ['127.0.0.3'];
    expect(await tell()).toBe('network_refused');
    expect([safe.connections(), inner.connections()]).toEqual([1, 0]);
  });

  it('goes nowhere that is not public, unless the operator allows it', async () => {
    const { fetcher } = fetcherWith({ allow: 'http://127.0.0.2/32' });
    expect(await outcomeOf(fetcher.send('http://docs.test:1/', { method: 'POST', body: '' }))).toBe('network_refused');
  });
});
