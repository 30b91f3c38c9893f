import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { builtOnce } from './support/build.js';
import { send } from './support/http.js';
import { freePort } from './support/free-port.js';
import { adminToken } from './support/test-app.js';

const run = promisify(execFile);
let program: string;
const folders: string[] = [];

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
  folders.push(folder);
  return folder;
};

/** The built program in a folder of its own, as an operator starts it. */
class Program {
  output = '';
  private readonly process: ChildProcess;
  private readonly exit: Promise<number | null>;

  constructor(
    readonly folder: string,
    settings: Record<string, string>,
  ) {
    const { PATH = '' } = process.env;
    this.process = spawn(process.execPath, [program], { cwd: folder, env: { PATH, ...settings } });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exit = new Promise((resolve) => this.process.once('close', resolve));
  }

  async prints(text: string | RegExp): Promise<string> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const match =
        typeof text === 'string' ? (this.output.includes(text) ? text : undefined) : text.exec(this.output)?.[1];
      if (match !== undefined) return match;
      if (Date.now() > deadline) throw new Error(`never printed ${String(text)}:\n${this.output}`);
      await new Promise((tick) => setTimeout(tick, 20));
    }
  }

  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.process.kill(signal);
    return this.exit;
  }
}

beforeAll(async () => {
  program = join(await builtOnce(), 'main.js');
}, 180_000);

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('the first run', () => {
  it('prints addresses, a token and a line that registers a client when pasted; later runs print the addresses only', async () => {
    const [folder, port] = [newFolder(), String(await freePort())];
    const first = new Program(folder, { PORT: port });
    const pasted = await first.prints(/^(curl .*)$/m);
    expect(first.output).toContain(`Clientele listens on http://localhost:${port}\n`);
    expect(first.output).toContain(`API documentation: http://localhost:${port}/docs\n`);
    const token = await first.prints(/^Administrator token, shown this once: (cadm_[\w-]{43})$/m);

    const { stdout } = await run('bash', ['-c', pasted]);
    expect(JSON.parse(stdout)).toMatchObject({ client_id: expect.any(String), client_name: 'My first client' });
    const list = await send('GET', `http://localhost:${port}/admin/initial-access-tokens`, { token });
    expect(list.body.items).toMatchObject([{ status: 'spent', uses: 1 }]);
    expect(await first.end('SIGTERM')).toBe(0);

    const second = new Program(folder, { PORT: port });
    await second.prints('API documentation');
    expect((await send('GET', `http://localhost:${port}/admin/initial-access-tokens`, { token })).status).toBe(200);
    await second.end('SIGTERM');
    expect(second.output).not.toMatch(/cadm_|ciat_|curl/);
  });

  it('reads .env, and keeps probes and metrics on a port of their own', async () => {
    const [folder, port, opsPort] = [newFolder(), await freePort(), await freePort()];
    writeFileSync(join(folder, '.env'), `PORT=${port}\nOPS_PORT=${opsPort}\nADMIN_TOKEN=${adminToken}\nDOCS=off\n`);
    const started = new Program(folder, {});
    await started.prints('Register a first client');
    expect(started.output).not.toContain('Administrator token');
    const status = async (of: number, path: string) => (await send('GET', `http://localhost:${of}${path}`)).status;
    expect(await status(port, '/health/ready')).toBe(404);
    expect(await status(port, '/metrics')).toBe(404);
    expect(await status(port, '/docs')).toBe(404);
    expect(await status(port, '/.well-known/oauth-authorization-server')).toBe(200);
    expect(await status(opsPort, '/health/ready')).toBe(200);
    expect(await status(opsPort, '/metrics')).toBe(200);
    expect(await status(opsPort, '/.well-known/oauth-authorization-server')).toBe(404);
    await started.end('SIGTERM');
  });
});

describe('a configuration that cannot work', () => {
  it('ends with exit code 78 and names every fault', async () => {
    const started = new Program(newFolder(), {
      PORT: 'http',
      PUBLIC_URL: 'http://id.example/path',
      ADMIN_TOKEN: 'short',
    });
    expect(await started.end()).toBe(78);
    expect(started.output).toBe(
      'Clientele cannot start:\n' +
        '  PORT: write a port between 1 and 65535\n' +
        '  PUBLIC_URL: write scheme, host and port only, without a path\n' +
        '  ADMIN_TOKEN: use at least 32 characters\n',
    );
  });

  it('says which database file cannot be opened and why', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'folder.db'));
    const SECRET_KEY = 'A'.repeat(43);
    const started = new Program(folder, {
      DATA_SOURCE_DEFAULT_URL: 'sqlite:folder.db',
      SECRET_KEY,
      LOG_LEVEL: 'silent',
    });
    expect(await started.end()).toBe(78);
    expect(started.output).toMatch(
      /^Clientele cannot start:\n {2}data source default \(sqlite:folder\.db\) cannot be opened: .+\n$/,
    );
  });

  it('says when the file is no database', async () => {
    const folder = newFolder();
    writeFileSync(
      join(folder, 'text.db'),
      'this is no database, only some text that is long enough to have a header'.repeat(20),
    );
    const SECRET_KEY = 'A'.repeat(43);
    const started = new Program(folder, { DATA_SOURCE_DEFAULT_URL: 'sqlite:text.db', SECRET_KEY, LOG_LEVEL: 'silent' });
    expect(await started.end()).toBe(78);
    expect(started.output).toMatch(/data source default .* cannot be opened: .*not a database/);
  });

  it.each([
    [
      'a database that was never migrated',
      { MIGRATE: 'off' },
      78,
      /cannot be opened: migrations are missing; run npm run migrate/,
    ],
    ['an address that is not ours', { HOST: 'no such host' }, 1, /getaddrinfo/],
  ])('says in a sentence what is wrong with %s', async (_what, settings, code, sentence) => {
    const PORT = String(await freePort());
    const started = new Program(newFolder(), { PORT, LOG_LEVEL: 'silent', ...(settings as Record<string, string>) });
    expect(await started.end()).toBe(code);
    expect(started.output).toMatch(sentence);
    expect(started.output).not.toMatch(/^ +at /m);
  });

  it('says that .env cannot be read', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, '.env'));
    const started = new Program(folder, {});
    expect(await started.end()).toBe(78);
    expect(started.output).toBe('Clientele cannot start:\n  .env: it has to be a file that can be read\n');
  });

  it('says that the port is taken', async () => {
    const port = String(await freePort());
    const one = new Program(newFolder(), { PORT: port, LOG_LEVEL: 'silent' });
    await one.prints('Register a first client');
    const other = new Program(newFolder(), { PORT: port, LOG_LEVEL: 'silent' });
    expect(await other.end()).toBe(1);
    expect(other.output).toContain('EADDRINUSE');
    await one.end('SIGTERM');
  });
});

describe('a second process on one database file', () => {
  const taken =
    'another process has it open, and an SQLite file serves one process; end that one first, or use a database server for several';

  it('is told so and ends, by whatever name it knows the file, until the first has ended', async () => {
    const folder = newFolder();
    const settings = async (path = 'data/clientele.db') => ({
      PORT: String(await freePort()),
      LOG_LEVEL: 'silent',
      DATA_SOURCE_DEFAULT_URL: `sqlite:${path}`,
      SECRET_KEY: 'A'.repeat(43),
    });
    const first = new Program(folder, await settings());
    await first.prints('Register a first client');
    symlinkSync('data/clientele.db', join(folder, 'alias.db'));
    for (const path of ['data/clientele.db', 'alias.db']) {
      const second = new Program(folder, await settings(path));
      expect(await second.end()).toBe(78);
      expect(second.output).toBe(
        `Clientele cannot start:\n  data source default (sqlite:${path}) cannot be opened: ${taken}\n`,
      );
    }
    await first.end('SIGKILL');
    const next = new Program(folder, await settings());
    await next.prints('Clientele listens on');
    await next.end('SIGTERM');
  });
});

describe('logs', () => {
  it('have a line for each request with its id, and no credential at any level', async () => {
    const port = String(await freePort());
    const url = `http://localhost:${port}`;
    const started = new Program(newFolder(), {
      PORT: port,
      ADMIN_TOKEN: adminToken,
      LOG_LEVEL: 'trace',
      LOG_FORMAT: 'json',
    });
    await started.prints('Register a first client');
    const { body: made } = await send('POST', `${url}/admin/initial-access-tokens`, {
      token: adminToken,
      json: { uses: 9 },
    });
    const json = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'client_secret_jwt' };
    const { body: client, headers } = await send('POST', `${url}/register`, { token: made.token, json });
    const token = client.registration_access_token;
    await send('GET', client.registration_client_uri, { token });
    await send('GET', `${url}/register/${token}?access_token=${made.token}`, { token });
    await send('GET', `${url}/register/${adminToken}`);
    await send('GET', `${url}/register/${client.client_secret}`, { headers: { 'x-request-id': client.client_secret } });
    await send('GET', client.registration_client_uri, { token: `${token}x` });
    await send('POST', `${url}/lookup/clients/${client.client_id}/authenticate`, {
      token: adminToken,
      json: { client_secret: client.client_secret },
    });
    await send('POST', `${url}/register`, { token: made.token, body: `{"client_secret":"${client.client_secret}"` });
    await started.end('SIGTERM');

    const logged = started.output.slice(started.output.indexOf('\n{'));
    expect(logged).toContain(headers.get('x-request-id'));
    for (const credential of [adminToken, made.token, token, client.client_secret])
      expect(logged).not.toContain(credential);
    const requests = logged.split('\n').filter((line) => line.includes('"milliseconds"'));
    expect(requests.length).toBeGreaterThanOrEqual(7);
    expect(JSON.parse(requests[0]!)).toMatchObject({
      req: { method: 'POST', path: '/admin/initial-access-tokens' },
      res: { status: 201 },
      requestId: expect.any(String),
    });
  });
});

describe('what never becomes an ordinary request', () => {
  it.each([
    ['a request without Host (RFC 9112 section 3.2)', 'GET /health/live HTTP/1.1\r\n\r\n', 400, 'invalid_request'],
    [
      'CONNECT (RFC 9110 section 15.5.6)',
      'CONNECT a.example:1 HTTP/1.1\r\nHost: a.example\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    ['what is no HTTP (RFC 9112 section 2.2)', 'hello\r\n\r\n', 400, 'invalid_request'],
  ])('is refused in the shape of every error: %s', async (_what, text, status, error) => {
    const port = await freePort();
    const started = new Program(newFolder(), { PORT: String(port), LOG_LEVEL: 'silent' });
    await started.prints('Register a first client');
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(text));
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('}')) resolve(received);
      });
    });
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head!.includes('Allow: ')).toBe(status === 405);
    expect(JSON.parse(body!)).toMatchObject({ error, error_description: expect.any(String) });
    await started.end('SIGTERM');
  });
});

describe('SIGTERM', () => {
  it('ends the program within 10 s whatever callers leave open, and answers what is under way', async () => {
    const port = await freePort();
    const started = new Program(newFolder(), { PORT: String(port), ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent' });
    await started.prints('Register a first client');
    const say = (text: string) => {
      const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(text)).on(
        'error',
        () => undefined,
      );
      return socket;
    };
    const idle = [say(''), say('GET / HTTP/1.1\r\n'), say('POST /register HTTP/1.1\r\nContent-Length: 9\r\n\r\n{')];
    const half = say(`GET /admin/initial-access-tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${adminToken}\r\n`);
    let answer = '';
    half.on('data', (chunk) => (answer += chunk.toString()));
    await new Promise((tick) => setTimeout(tick, 200));
    const begun = Date.now();
    const ended = started.end('SIGTERM');
    setTimeout(() => half.write('\r\n'), 300);
    expect(await ended).toBe(0);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/^Connection: close\r$/m);
    for (const socket of [...idle, half]) socket.destroy();
  });

  it('ends it at once the second time, but not when the same one comes twice by way of npm', async () => {
    const port = await freePort();
    const started = new Program(newFolder(), { PORT: String(port), ADMIN_TOKEN: adminToken, LOG_LEVEL: 'silent' });
    await started.prints('Register a first client');
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('GET / HTTP/1.1\r\n'));
    socket.on('error', () => undefined);
    await new Promise((tick) => setTimeout(tick, 200));
    const [begun, ended] = [Date.now(), started.end('SIGTERM')];
    void started.end('SIGTERM');
    setTimeout(() => void started.end('SIGTERM'), 1_000);
    // 128 and the number of the signal, as shells have it.
    expect(await ended).toBe(143);
    expect(Date.now() - begun).toBeGreaterThan(900);
    expect(Date.now() - begun).toBeLessThan(3_000);
    socket.destroy();
  });
});
