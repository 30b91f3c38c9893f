import type { EntityManager } from 'typeorm';
import { numbered } from '../data-sources/statements.js';
import { Client, type ClientKind, clientStatuses, type RegistrarRecord } from './client.entity.js';
import { searchText } from './search-columns.js';

/** Clients that registered themselves under a template. */
export interface Registered {
  readonly templateId: string;
  readonly registrar?: RegistrarRecord;
  readonly most: number;
}

/** How many clients one data source has, tombstones too. */
export const countClients = (kind: ClientKind | undefined, reader: EntityManager): Promise<number> =>
  reader.countBy(Client, { ...(kind && { kind }) });

/**
 * How many dynamic clients one data source has under a template, those of one registrar where one is named: all that are
 * not deleted. Counts no further than `most`.
 */
export async function countRegistered(
  { templateId, registrar, most }: Registered,
  reader: EntityManager,
): Promise<number> {
  const conditions: [string, string][] = [
    ['template_id = ?', templateId],
    ...(registrar ? ofRegistrar(registrar) : []),
  ];
  const statuses = clientStatuses.filter((status) => status !== 'deleted').map((status) => `'${status}'`);
  const living = `kind = 'dynamic' AND status IN (${statuses.join(', ')})`;
  const found = `SELECT 1 AS one FROM clients WHERE ${conditions.map(([text]) => text).join(' AND ')} AND ${living}`;
  const text = numbered(reader.dataSource, `SELECT COUNT(*) AS n FROM (${found} LIMIT ${most}) found`);
  const [row] = await reader.query<[{ n: number | string }]>(
    text,
    conditions.map(([, value]) => value),
  );
  return Number(row.n);
}

/** How many clients of one data source are under each version of a template, tombstones aside. */
export async function countByTemplate(reader: EntityManager, kind?: ClientKind) {
  const rows = await reader
    .createQueryBuilder(Client, 'client')
    .select('client.templateId', 'id')
    .addSelect('client.templateVersion', 'version')
    .addSelect('COUNT(*)', 'clients')
    .where("client.templateId IS NOT NULL AND client.status <> 'deleted'")
    .andWhere(kind ? 'client.kind = :kind' : '1 = 1', { kind })
    .groupBy('client.templateId')
    .addGroupBy('client.templateVersion')
    .getRawMany<{ id: string; version: string | number; clients: string | number }>();
  return rows.map(({ id, version, clients }) => ({ id, version: Number(version), clients: Number(clients) }));
}

/** How many clients of one data source have their eldest credential under each key, by the key's id; of one kind where it is said. */
export async function countByKey(reader: EntityManager, kind?: ClientKind): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .createQueryBuilder(Client, 'client')
    .select('client.keyId', 'keyId')
    .addSelect('COUNT(*)', 'count')
    .where('client.keyId IS NOT NULL')
    .andWhere(kind ? 'client.kind = :kind' : '1 = 1', { kind })
    .groupBy('client.keyId')
    .getRawMany<{ keyId: string; count: string | number }>();
  return new Map(rows.map(({ keyId, count }) => [keyId, Number(count)]));
}

/** How the clients of a registrar are told from others: by an indexed column where it has an id. */
function ofRegistrar(registrar: RegistrarRecord): [string, string][] {
  const { token_id, subject, client_id, issuer } = registrar;
  // Two issuers may know users and clients by the same names.
  const ofIssuer: [string, string][] =
    issuer === undefined ? [] : [["registrar LIKE ? ESCAPE '!'", containing({ issuer })]];
  if (token_id !== undefined) return [['registrar_token_id = ?', searchText(token_id)]];
  if (subject !== undefined) return [['subject = ?', searchText(subject)], ...ofIssuer];
  if (client_id !== undefined)
    return [['subject IS NULL AND registrar_client_id = ?', searchText(client_id)], ...ofIssuer];
  return [['registrar_token_id IS NULL AND registrar = ?', JSON.stringify(registrar)]];
}

/** A pattern for the JSON of objects with these members. */
const containing = (members: object): string => `%${JSON.stringify(members).slice(1, -1).replace(/[!%_]/g, '!$&')}%`;
