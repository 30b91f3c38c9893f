import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createConnection as connect, type RowDataPacket } from 'mysql2/promise';
import { idsOf, isRoot, serverOf } from './database-servers.js';
import { galeraLibrary } from './engines.mjs';
import { freePort } from './free-port.js';

/** One node of a private cluster. */
export interface GaleraNode {
  readonly port: number;
  /** The address of this node alone. */
  readonly url: string;
  /** Ends it at once, as a power cut would but for the disk. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, and waits until it has caught up with the others. */
  start(): Promise<void>;
}

/** A private Galera cluster of three nodes on loopback. */
export interface Galera {
  /** Names all nodes. */
  readonly url: string;
  readonly nodes: readonly GaleraNode[];
  /** Ends all nodes, and removes their data. */
  remove(): Promise<void>;
}

/** A node that is silent for a second is given up by the others; five by default, which is how long nobody can write. */
const timers = [
  ...['evs.keepalive_period=PT0.3S', 'evs.inactive_check_period=PT0.3S', 'evs.suspect_timeout=PT1S'],
  ...['evs.inactive_timeout=PT3S', 'evs.install_timeout=PT3S', 'gcache.size=64M'],
];

/** Starts the cluster: the first node, and the others as copies of it by rsync, which refuses to work for root. */
export async function startGalera(): Promise<Galera> {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-galera-'));
  const identity: { uid?: number; gid?: number } = isRoot ? idsOf('mysql') : {};
  const makeFolder = (path: string): string => {
    mkdirSync(path, { recursive: true });
    if (identity.uid !== undefined) chownSync(path, identity.uid, identity.gid!);
    return path;
  };
  makeFolder(folder);
  const settings = { cwd: folder, ...identity };
  const places: { home: string; sql: number; group: number; increments: number; copies: number }[] = [];
  for (const name of ['a', 'b', 'c'])
    places.push({
      home: makeFolder(join(folder, name)),
      sql: await freePort(),
      group: await freePort(),
      increments: await freePort(),
      copies: await freePort(),
    });
  const members = places.map(({ group }) => `127.0.0.1:${group}`).join(',');

  const nodes = places.map(({ home, sql, group, increments, copies }) => {
    const data = makeFolder(join(home, 'data'));
    const provider = [
      `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
      `ist.recv_addr=127.0.0.1:${increments}`,
      ...timers,
    ];
    const options = [
      ...['--no-defaults', `--datadir=${data}`, `--port=${sql}`, '--bind-address=127.0.0.1'],
      ...[`--socket=${join(home, 's.sock')}`, `--log-error=${join(home, 'log')}`, '--skip-name-resolve'],
      ...['--innodb-buffer-pool-size=64M', '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2'],
      ...['--wsrep-on=ON', `--wsrep-provider=${galeraLibrary}`, '--wsrep-cluster-name=clientele'],
      ...[`--wsrep-cluster-address=gcomm://${members}`, `--wsrep-node-address=127.0.0.1:${group}`],
      ...['--wsrep-sst-method=rsync', `--wsrep-sst-receive-address=127.0.0.1:${copies}`],
      `--wsrep-provider-options=${provider.join(';')}`,
    ];
    const server = serverOf('/usr/sbin/mariadbd', options, sql, settings);
    return { server, data, home, sql, options, url: `mariadb://clientele:p%40ss@127.0.0.1:${sql}/registry` };
  });
  const [first, ...joining] = nodes as [(typeof nodes)[0], ...typeof nodes];
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${first.data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { stdio: 'ignore', ...settings },
  );
  const remove = async () => {
    for (const { server, home } of nodes.toReversed()) await server.remove(home);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await first.server.start(['--wsrep-new-cluster']);
    await makeDatabase(join(first.home, 's.sock'));
    for (const { server, url } of joining) {
      await server.start();
      await synced(url);
    }
  } catch (error) {
    await remove();
    throw error;
  }

  return {
    url: `mariadb://clientele:p%40ss@${nodes.map(({ sql }) => `127.0.0.1:${sql}`).join(',')}/registry`,
    nodes: nodes.map(({ server, sql, url, options }) => ({
      port: sql,
      url,
      kill: server.kill,
      start: async () => {
        // Where its data ends, so that the others send what came since and not all of it.
        const { output } = spawnSync('/usr/sbin/mariadbd', [...withoutLog(options), '--wsrep-recover'], settings);
        const position = /Recovered position:\s*([\w-]+:\d+)/.exec(output.join(''))?.[1];
        await server.start(position ? [`--wsrep-start-position=${position}`] : []);
        await synced(url);
      },
    })),
    remove,
  };
}

/** Makes the database and its user, once the first node lets anybody write. */
async function makeDatabase(socket: string): Promise<void> {
  const statements =
    "CREATE DATABASE registry; CREATE USER clientele@'127.0.0.1' IDENTIFIED BY 'p@ss'; GRANT ALL ON *.* TO clientele@'127.0.0.1'";
  for (let tries = 0; ; tries++) {
    const { status, stderr } = spawnSync('mariadb', [
      '--no-defaults',
      `--socket=${socket}`,
      '-uroot',
      '-e',
      statements,
    ]);
    if (status === 0) return;
    if (tries === 100) throw new Error(stderr.toString());
    await wait(100);
  }
}

const withoutLog = (options: readonly string[]) => options.filter((option) => !option.startsWith('--log-error'));

/** Waits until a node answers as a member that has all that the others have. */
async function synced(url: string): Promise<void> {
  for (const end = Date.now() + 60_000; ; await wait(100)) {
    const state = await stateOf(url).catch((error: unknown) => String(error));
    if (state === 'Synced') return;
    if (Date.now() > end) throw new Error(`a node of the cluster does not join: ${state}`);
  }
}

async function stateOf(url: string): Promise<string> {
  const connection = await connect(url.replace('mariadb:', 'mysql:'));
  try {
    const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'wsrep_local_state_comment'");
    return String(rows[0]?.Value);
  } finally {
    await connection.end();
  }
}
