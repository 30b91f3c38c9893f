import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';

declare global {
  /** What the tests of this file run on, by the project of jest.config.mjs. */
  var engine: 'sqlite' | 'mariadb' | 'postgres' | 'galera';
}

/** A database of its own for one program, without tables. */
export interface TestDatabase {
  readonly url: string;
  /** Where its files are, on SQLite. */
  readonly folder?: string;
  drop(): Promise<void>;
}

export async function createDatabase(engine = globalThis.engine): Promise<TestDatabase> {
  if (engine === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    const drop = () => Promise.resolve(rmSync(folder, { recursive: true }));
    return { url: `sqlite:${join(folder, 'clientele.db')}`, folder, drop };
  }
  const server = process.env[`TEST_SERVER_${engine.toUpperCase()}`];
  if (server === undefined) throw new Error(`no ${engine} server is running; see jest.config.mjs`);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const run = engine === 'postgres' ? runOnPostgres : runOnMariadb;
  // Of several hosts, the first.
  const host = server.replace(/,[^/]+/, '');
  await run(host, `CREATE DATABASE ${name}`);
  return { url: server.replace(/[^/]+$/, name), drop: () => run(host, `DROP DATABASE ${name}`) };
}

async function runOnMariadb(server: string, statement: string): Promise<void> {
  const connection = await mysql.createConnection(server.replace(/^mariadb:/, 'mysql:'));
  await connection.query(statement);
  await connection.end();
}

async function runOnPostgres(server: string, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  await client.query(statement);
  await client.end();
}
