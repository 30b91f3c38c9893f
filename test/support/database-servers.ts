import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A private database server on loopback, with data of its own. */
export interface DatabaseServer {
  readonly url: string;
  readonly port: number;
  /** The certificate that it offers TLS with: its own authority. */
  readonly certificate: string;
  /** Ends it at once, as a power cut would but for the disk. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it, and removes its data. */
  remove(): Promise<void>;
}

export const isRoot = userInfo().uid === 0;

export type ServerEngine = 'mariadb' | 'postgres';

/**
 * Starts one with fresh data, and an empty database `registry`. One that is not `durable` would lose the last changes in
 * a power cut, and does not wait for the disk; `more` are options of its own.
 */
export const startServer = (
  engine: ServerEngine,
  { durable = true, more = [] as readonly string[] } = {},
): Promise<DatabaseServer> => (engine === 'mariadb' ? startMariadb(durable, more) : startPostgres(durable, more));

function postgresFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return newest && join(root, newest, 'bin');
}

/** A certificate for 127.0.0.1 and its key, signed by itself, as files in a folder. */
function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=clientele-test'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return { certificate, key };
}

async function startMariadb(durable: boolean, more: readonly string[]): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-mariadb-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const user = isRoot ? ['--user=root'] : [];
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const { certificate, key } = makeCertificate(folder);
  const options = [
    ...[
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 's.sock')}`,
    ],
    ...[`--ssl-cert=${certificate}`, `--ssl-key=${key}`, `--ssl-ca=${certificate}`],
    ...[
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--skip-log-bin',
      '--default-time-zone=+00:00',
      ...user,
    ],
    ...more,
    ...(durable
      ? []
      : ['--innodb-flush-log-at-trx-commit=0', '--innodb-flush-method=nosync', '--innodb-doublewrite=OFF']),
  ];
  const server = serverOf('/usr/sbin/mariadbd', options, port, {});
  await server.start();
  execFileSync('mariadb', [
    '--no-defaults',
    `--socket=${join(folder, 's.sock')}`,
    '-uroot',
    '-e',
    "CREATE DATABASE registry; CREATE USER clientele@'127.0.0.1' IDENTIFIED BY 'p@ss'; GRANT ALL ON *.* TO clientele@'127.0.0.1'",
  ]);
  return {
    ...server,
    port,
    certificate,
    url: `mariadb://clientele:p%40ss@127.0.0.1:${port}/registry`,
    remove: () => server.remove(folder),
  };
}

async function startPostgres(durable: boolean, more: readonly string[]): Promise<DatabaseServer> {
  const bin = postgresFolder()!;
  const folder = mkdtempSync(join(tmpdir(), 'clientele-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const identity: { uid?: number; gid?: number } = isRoot ? idsOf('postgres') : {};
  mkdirSync(data);
  const { certificate, key } = makeCertificate(folder);
  if (identity.uid !== undefined)
    for (const path of [folder, data, certificate, key]) chownSync(path, identity.uid, identity.gid!);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'clientele', '-E', 'UTF8', '--locale=C'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
    ...identity,
  });
  const server = serverOf(
    join(bin, 'postgres'),
    [
      ...['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'],
      ...['-c', 'ssl=on', '-c', `ssl_cert_file=${certificate}`, '-c', `ssl_key_file=${key}`],
      ...['-c', 'timezone=UTC', ...more],
      ...(durable ? [] : ['-F', '-c', 'synchronous_commit=off']),
    ],
    port,
    { cwd: folder, ...identity },
  );
  await server.start();
  const url = `postgres://clientele@127.0.0.1:${port}/registry`;
  for (let tries = 0; ; tries++) {
    try {
      execFileSync(join(bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'clientele', 'registry'], {
        stdio: 'ignore',
      });
      break;
    } catch (error) {
      if (tries > 50) throw error;
      await wait(100);
    }
  }
  return {
    ...server,
    port,
    certificate,
    url,
    // Asked with SIGTERM it would wait for its clients to go.
    remove: () => server.remove(folder, 'SIGINT'),
  };
}

export const idsOf = (user: string): { uid: number; gid: number } => {
  const id = (flag: string) => Number(execFileSync('id', [flag, user]).toString());
  return { uid: id('-u'), gid: id('-g') };
};

export function serverOf(command: string, options: readonly string[], port: number, settings: object) {
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child) return;
    const ended = new Promise((resolve) => child!.once('close', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await ended;
    }
    child = undefined;
  };
  return {
    /** Starts it, `more` options with it, and again when what is left of a killed one was still in its way. */
    start: async (more: readonly string[] = []): Promise<void> => {
      for (let tries = 0; tries < 20; tries++) {
        const started = spawn(command, [...options, ...more], { stdio: 'ignore', ...settings });
        child = started;
        if (await listening(port, () => started.exitCode === null)) return;
        await wait(100);
      }
      throw new Error(`${command} does not start`);
    },
    kill: () => end('SIGKILL'),
    remove: async (folder: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      await end(signal);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until somebody listens on a port; false if whom it waits for has ended. */
async function listening(port: number, lives: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 60_000; Date.now() < end && lives(); await wait(50)) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' }, () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return true;
  }
  if (lives()) throw new Error(`nothing listens on ${port}`);
  return false;
}
