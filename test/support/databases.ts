import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe } from '@jest/globals';
import { freePort } from './test-app.js';

/** A private database server on loopback, with data of its own. */
export interface DatabaseServer {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a power cut would but for the disk. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it, and removes its data. */
  remove(): Promise<void>;
}

export const isRoot = userInfo().uid === 0;

type ServerEngine = 'mariadb' | 'postgres' | 'galera';

const demanded = new Set((process.env.REQUIRE_ENGINES ?? '').split(','));

/**
 * `describe` where the servers of an engine are installed; else the tests are skipped and say why, unless
 * `REQUIRE_ENGINES` names the engine.
 */
export function describeOn(engine: ServerEngine): typeof describe.skip {
  if (isInstalled[engine]() || demanded.has(engine)) return describe;
  process.stdout.write(`The tests on ${engine} are skipped: it is not installed.\n`);
  return describe.skip;
}

const isInstalled: Readonly<Record<ServerEngine, () => boolean>> = {
  mariadb: () => existsSync('/usr/sbin/mariadbd'),
  postgres: () => postgresFolder() !== undefined,
  galera: () => ['/usr/sbin/mariadbd', galeraLibrary, '/usr/bin/rsync'].every((path) => existsSync(path)),
};

export const galeraLibrary = '/usr/lib/galera/libgalera_smm.so';

function postgresFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return newest && join(root, newest, 'bin');
}

export async function startMariadb(): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-mariadb-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const user = isRoot ? ['--user=root'] : [];
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { stdio: 'ignore' },
  );
  const options = [
    ...[
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 's.sock')}`,
    ],
    ...['--skip-name-resolve', '--innodb-buffer-pool-size=64M', '--skip-log-bin', ...user],
  ];
  const server = serverOf('/usr/sbin/mariadbd', options, port, {});
  await server.start();
  execFileSync('mariadb', [
    '--no-defaults',
    `--socket=${join(folder, 's.sock')}`,
    '-uroot',
    '-e',
    "CREATE DATABASE registry; CREATE USER clientele@'127.0.0.1' IDENTIFIED BY 'p@ss'; GRANT ALL ON registry.* TO clientele@'127.0.0.1'",
  ]);
  return {
    ...server,
    port,
    url: `mariadb://clientele:p%40ss@127.0.0.1:${port}/registry`,
    remove: () => server.remove(folder),
  };
}

export async function startPostgres(): Promise<DatabaseServer> {
  const bin = postgresFolder()!;
  const folder = mkdtempSync(join(tmpdir(), 'clientele-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  // PostgreSQL refuses to run as root.
  const identity: { uid?: number; gid?: number } = isRoot ? idsOf('postgres') : {};
  mkdirSync(data);
  if (identity.uid !== undefined) for (const path of [folder, data]) chownSync(path, identity.uid, identity.gid!);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'clientele', '-E', 'UTF8', '--locale=C'], {
    stdio: 'ignore',
    cwd: folder,
    ...identity,
  });
  const server = serverOf(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'],
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
  return { ...server, port, url, remove: () => server.remove(folder) };
}

/** The ids of a user of the system. */
export const idsOf = (user: string): { uid: number; gid: number } => {
  const id = (flag: string) => Number(execFileSync('id', [flag, user]).toString());
  return { uid: id('-u'), gid: id('-g') };
};

/** The process of a server, which can be killed and started again. */
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
    remove: async (folder: string): Promise<void> => {
      await end('SIGTERM');
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
