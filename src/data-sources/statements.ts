import type { DataSource, EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { repeated } from './engines/repeated-statements.js';

/**
 * Statements for the ways that every registration goes. TypeORM's builders make the text of a statement anew for each
 * call, which costs more than the statement itself (see bench/README.md); these are made once for each data source, from
 * the same entities and with the same conversions. A server may keep them parsed as well.
 */

interface TableOf {
  readonly columns: EntityMetadata['columns'];
  readonly insertion: string;
  readonly names: string;
  readonly table: string;
}

/** What is selected beside the columns of an entity: names, and the expressions of SQL that they stand for. */
type Further<X extends string> = Readonly<Record<X, string>>;

const tables = new WeakMap<DataSource, Map<unknown, TableOf>>();

/** Inserts one row. */
export async function insert<E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  row: E,
): Promise<void> {
  const { insertion, columns } = tableOf(manager.dataSource, entity);
  const { driver } = manager.dataSource;
  await manager.query(
    insertion,
    columns.map((column) => driver.preparePersistentValue(column.getEntityValue(row), column) as unknown),
  );
}

/** The rows for which a column has one of these values, exactly. */
export async function selectBy<E extends ObjectLiteral, X extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  column: string,
  values: readonly unknown[],
  further?: Further<X>,
): Promise<(E & Record<X, unknown>)[]> {
  // PostgreSQL has no text with a NUL, and refuses to look for one.
  if (values.some((value) => typeof value === 'string' && value.includes('\0'))) return [];
  const { driver } = manager.dataSource;
  const marks = values.map((_, index) => driver.createParameter(column, index)).join(', ');
  const rows = await manager.query<Record<string, unknown>[]>(
    repeated(`${selectionOf(manager, entity, further)} WHERE ${driver.escape(column)} IN (${marks})`),
    [...values],
  );
  // MySQL pads texts with blanks when it compares them.
  const exact = rows.filter((row) => values.includes(row[column]));
  return exact.map((row) => entityOf(manager, entity, row, further));
}

/** The rows that a condition with `?` for its parameters names, in the order that it may end with. */
export async function selectWhere<E extends ObjectLiteral, X extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  condition: string,
  parameters: readonly (string | number)[],
  further?: Further<X>,
): Promise<(E & Record<X, unknown>)[]> {
  const text = repeated(`${selectionOf(manager, entity, further)} WHERE ${numbered(manager.dataSource, condition)}`);
  const rows = await manager.query<Record<string, unknown>[]>(text, [...parameters]);
  return rows.map((row) => entityOf(manager, entity, row, further));
}

/** Runs a statement with `?` for its parameters, within a transaction; answers how many rows it changed. */
export async function change(
  transaction: EntityManager,
  statement: string,
  parameters: readonly (string | number | null)[],
): Promise<number> {
  const text = repeated(numbered(transaction.dataSource, statement));
  const { affected } = await transaction.queryRunner!.query(text, [...parameters], true);
  return affected ?? 0;
}

/** A statement with its parameters as the engine writes them. */
export function numbered({ driver }: DataSource, statement: string): string {
  let index = 0;
  return statement.replaceAll('?', () => driver.createParameter('', index++));
}

function selectionOf<E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  further: Further<string> = {},
): string {
  const { names, table } = tableOf(manager.dataSource, entity);
  const expressions = Object.entries(further).map(([name, expression]) => `, (${expression}) AS ${name}`);
  return `SELECT ${names}${expressions.join('')} FROM ${table}`;
}

function entityOf<E extends ObjectLiteral, X extends string>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  row: Readonly<Record<string, unknown>>,
  further?: Further<X>,
): E & Record<X, unknown> {
  const found = manager.create(entity);
  const { driver } = manager.dataSource;
  for (const column of tableOf(manager.dataSource, entity).columns)
    column.setEntityValue(found, driver.prepareHydratedValue(row[column.databaseName], column));
  for (const name of Object.keys(further ?? {})) Object.assign(found, { [name]: row[name] });
  return found;
}

function tableOf<E extends ObjectLiteral>(dataSource: DataSource, entity: EntityTarget<E>): TableOf {
  const known = tables.get(dataSource) ?? new Map<unknown, TableOf>();
  tables.set(dataSource, known);
  const found = known.get(entity);
  if (found) return found;
  const { driver } = dataSource;
  const { tablePath, columns } = dataSource.getMetadata(entity);
  const name = driver.escape(tablePath);
  const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
  const marks = columns.map(({ databaseName }, index) => driver.createParameter(databaseName, index)).join(', ');
  const made = {
    columns,
    insertion: repeated(`INSERT INTO ${name} (${names}) VALUES (${marks})`),
    names,
    table: name,
  };
  known.set(entity, made);
  return made;
}
