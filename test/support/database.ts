import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditEvent } from '../../src/audit/audit-event.entity.js';
import { Refusals } from '../../src/audit/refusals.js';
import { ApiKey } from '../../src/administrators/api-key.entity.js';
import { newId, newToken } from '../../src/clients/credentials.js';
import { Keyring } from '../../src/clients/keyring.js';
import type { AdministratorScope } from '../../src/config/scopes.js';
import { NAMED_DATA_SOURCES } from '../../src/data-sources/data-sources.service.js';
import type { NamedDataSource } from '../../src/data-sources/named-data-source.js';
import type { TestApp } from './test-app.js';

export const dataSourceOf = ({ app }: TestApp) => app.get<NamedDataSource[]>(NAMED_DATA_SOURCES)[0]!.dataSource;
const managerOf = (app: TestApp) => dataSourceOf(app).manager;

/** Runs a statement with `?` for its parameters on the program's own data source. */
export function query<T = Record<string, unknown>>(app: TestApp, sql: string, parameters?: unknown[]): Promise<T[]> {
  const { driver, manager } = dataSourceOf(app);
  let index = 0;
  const text = sql.replaceAll('?', () => driver.createParameter('', index++));
  return manager.query(text, parameters);
}

/** How many rows a table has, of those that a condition names. */
export async function count(app: TestApp, table: string, condition = '1 = 1', parameters?: unknown[]): Promise<number> {
  const [row] = await query<{ n: number }>(app, `SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`, parameters);
  return Number(row?.n);
}

/** What the audit trail says was done, oldest first, of one client where one is named. */
export async function eventsOf(app: TestApp, clientId?: string): Promise<AuditEvent[]> {
  const events = await managerOf(app).find(AuditEvent, { order: { id: 'ASC' } });
  return events.filter((event) => event.outcome === 'done' && (clientId === undefined || event.clientId === clientId));
}

/** Every table, row by row, as text, with what was refused before it. */
export async function dump(app: TestApp): Promise<string> {
  await app.app.get(Refusals).flush();
  const tables = dataSourceOf(app).entityMetadatas.map(({ tableName }) => tableName);
  const rows = await Promise.all(tables.map((name) => query(app, `SELECT * FROM ${name}`)));
  return JSON.stringify(Object.fromEntries(tables.map((name, index) => [name, rows[index]])));
}

/** Every file of the program's database, its write-ahead log too, byte by byte; nothing where a server has them. */
export function filesOf({ database: { folder } }: TestApp): Buffer {
  if (folder === undefined) return Buffer.alloc(0);
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

/** The token of an administrator who has these scopes only. */
export async function apiKey(
  app: TestApp,
  scopes: AdministratorScope[],
  expiresAt: number | null = null,
): Promise<string> {
  const token = newToken('cadm');
  const digest = app.app.get(Keyring).digest(token);
  const ends = { expiresAt, lastUsedAt: null, revokedAt: null };
  const key = { id: newId(), digest, label: 'made by a test', scopes, createdAt: 0, ...ends };
  await managerOf(app).insert(ApiKey, key);
  return token;
}

/**
 * Makes calls that really meet: every connection of the data source is busy until all of them have arrived, so that each
 * reads what is stored before any of them changes it.
 */
export async function meeting<T>(app: TestApp, calls: () => Promise<T>[]): Promise<T[]> {
  const dataSource = dataSourceOf(app);
  const { poolSize = 1 } = dataSource.options;
  const runners = Array.from({ length: poolSize }, () => dataSource.createQueryRunner());
  await Promise.all(runners.map((runner) => runner.query('SELECT 1')));
  const pending = calls();
  await new Promise((resolve) => setTimeout(resolve, 100 + 5 * pending.length));
  await Promise.all(runners.map((runner) => runner.release()));
  return Promise.all(pending);
}
