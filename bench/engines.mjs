import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { temporaryFolder } from './processes.mjs';
import { familyOf } from './resources.mjs';

const keepServer = fileURLToPath(new URL('../test/support/keep-server.ts', import.meta.url));

/** Room for a million clients in memory: what is measured is not how little of it a server can do with. */
const roomy = {
  mariadb: [
    '--innodb-flush-method=O_DIRECT',
    '--innodb-buffer-pool-size=2G',
    '--innodb-log-file-size=512M',
    '--max-allowed-packet=64M',
  ],
  postgres: ['-c', 'shared_buffers=2GB', '-c', 'max_wal_size=4GB'],
};

/** What makes an acknowledged change outlive a power cut: servers are asked whether they have it. */
const durable = {
  mariadb: { innodb_flush_log_at_trx_commit: '1', innodb_flush_method: 'O_DIRECT', innodb_doublewrite: 'ON' },
  postgres: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
};

export const engineNames = ['sqlite', ...Object.keys(durable)];

/**
 * Starts what an engine needs, durable; it makes new databases, each with its address and a `query`.
 */
export async function startEngine(name) {
  return name === 'sqlite' ? sqlite() : server(name);
}

async function sqlite() {
  const folder = temporaryFolder();
  let made = 0;
  const database = () => {
    const file = join(folder, `${++made}.db`);
    return { engine: 'sqlite', url: `sqlite:${file}`, file, query: (sql) => Promise.resolve(onFile(file, sql)) };
  };
  const [{ version }] = onFile(join(folder, '0.db'), 'SELECT sqlite_version() AS version');
  return { name: 'sqlite', version, folder, database, processes: () => [], stop: async () => {} };
}

function onFile(file, sql) {
  const connection = new Libsql(file);
  try {
    return connection.prepare(sql).all();
  } finally {
    connection.close();
  }
}

async function server(name) {
  const settings = JSON.stringify({ durable: true, more: roomy[name] });
  const keeper = spawn(
    process.execPath,
    ['--no-warnings', '--import', '@swc-node/register/esm-register', keepServer, name, settings],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface(keeper.stdout);
  const gone = once(keeper, 'exit').then(() => {
    throw new Error(`${name} did not start`);
  });
  const [address] = await Promise.race([once(lines, 'line'), gone]);
  gone.catch(() => undefined);
  const connect = connections[name];
  const query = (url) => async (sql) => {
    const connection = await connect(url);
    try {
      return await connection.ask(sql);
    } finally {
      await connection.end();
    }
  };
  const ask = query(address);
  const version = Object.values((await ask(name === 'mariadb' ? 'SELECT VERSION()' : 'SHOW server_version'))[0])[0];
  await demandDurable(name, ask);
  let made = 0;
  return {
    name,
    version,
    database: async () => {
      const database = `bench_${++made}`;
      await ask(`CREATE DATABASE ${database}`);
      const url = address.replace(/\/registry$/, `/${database}`);
      return { engine: name, url, query: query(url) };
    },
    processes: () => familyOf(keeper.pid).slice(1),
    stop: async () => {
      keeper.stdin.end();
      if (keeper.exitCode === null) await once(keeper, 'exit').catch(() => undefined);
    },
  };
}

const connections = {
  mariadb: async (url) => {
    const connection = await mysql.createConnection(url.replace(/^mariadb/, 'mysql'));
    return { ask: async (sql) => (await connection.query(sql))[0], end: () => connection.end() };
  },
  postgres: async (url) => {
    const connection = new pg.Client(url);
    await connection.connect();
    return { ask: async (sql) => (await connection.query(sql)).rows, end: () => connection.end() };
  },
};

async function demandDurable(name, ask) {
  for (const [setting, wanted] of Object.entries(durable[name])) {
    const [row] = await ask(name === 'mariadb' ? `SHOW VARIABLES LIKE '${setting}'` : `SHOW ${setting}`);
    const value = row.Value ?? row[setting];
    if (value !== wanted) throw new Error(`${name} has ${setting} = ${value}, not ${wanted}`);
  }
}

/** The durable settings of an engine, for people to read. */
export const durability = (name) =>
  name === 'sqlite'
    ? 'each change on the disk before its answer: by Clientele with one fdatasync for all who wait, by the floor with synchronous = FULL'
    : Object.entries(durable[name])
        .map(([setting, value]) => `${setting} = ${value}`)
        .join(', ');
