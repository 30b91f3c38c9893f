import type { DataSource, EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { runDirectly } from './engines/direct-statements.js';
import type { KnownStatement } from './engines/known-statement.js';
import { repeated } from './engines/repeated-statements.js';

/**
 * Statements for the ways that every registration goes. TypeORM's builders make the text of a statement anew for each
 * call, which costs more than the statement itself (see bench/README.md); these are made once for each data source, from
 * the same entities and with the same conversions. A server may keep them parsed as well.
 */

type Column = EntityMetadata['columns'][number];

interface TableOf<E> {
  readonly columns: readonly Column[];
  /** For each column, whether the driver gives and takes its values as the entity has them. */
  readonly isAsItIs: readonly boolean[];
  readonly create: new () => E;
  readonly insertion: string;
  readonly insertionIf: (condition: string) => string;
  readonly names: string;
  readonly table: string;
  /** The texts of selections, by what they select beside the columns and by their condition. */
  readonly selections: Map<string, string>;
}

/** What is selected beside the columns of an entity: names, and the expressions of SQL that they stand for. */
export type Further<X extends string> = Readonly<Record<X, string>>;

const tables = new WeakMap<DataSource, Map<unknown, TableOf<ObjectLiteral>>>();

/** More than there are; a text that were made anew each time must not fill the memory. */
const mostSelections = 200;

/** One statement of a change that is known before it begins, as a data source writes it. */
export type Step = (dataSource: DataSource) => KnownStatement;

/** Carries out a step within a transaction; answers how many rows it changed. */
export async function carryOut(step: Step, transaction: EntityManager): Promise<number> {
  const { text, values } = step(transaction.dataSource);
  return (await runDirectly(transaction, text, values)).affected;
}

/** Inserts one row. */
export const inserting =
  <E extends ObjectLiteral>(entity: EntityTarget<E>, row: E): Step =>
  (dataSource) => {
    const { insertion, insertionIf, columns, isAsItIs } = tableOf(dataSource, entity);
    const values = columns.map((column, index) => {
      const value: unknown = row[column.propertyName];
      return isAsItIs[index] ? value : (dataSource.driver.preparePersistentValue(value, column) as unknown);
    });
    return { text: insertion, textIf: insertionIf, values };
  };

/** Inserts one row unless there is one with its key. */
export const insertingIfNew =
  <E extends ObjectLiteral>(entity: EntityTarget<E>, row: E): Step =>
  (dataSource) => {
    const { text, values } = inserting(entity, row)(dataSource);
    const knowsConflicts = dataSource.driver.supportedUpsertTypes.includes('on-conflict-do-update');
    const ifNew = knowsConflicts ? `${text} ON CONFLICT DO NOTHING` : text.replace('INSERT', 'INSERT IGNORE');
    return { text: repeated(ifNew), values };
  };

/** Inserts one row within a transaction. */
export async function insert<E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  row: E,
): Promise<void> {
  await carryOut(inserting(entity, row), manager);
}

/** The rows for which a column has one of these values, exactly. */
export async function selectBy<E extends ObjectLiteral, X extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  column: string,
  values: readonly unknown[],
  further?: Further<X>,
): Promise<(E & Record<X, unknown>)[]> {
  const { read, entityOf } = readingBy(manager.dataSource, entity, column, further);
  return (await read(manager, values)).map(entityOf);
}

/** A row as the driver gives it: the values of its columns, then what was selected further. */
type Row = readonly unknown[];

/** How rows are found by a column, and what they stand for: apart, since what was read at once may be for several. */
export function readingBy<E extends ObjectLiteral, X extends string = never>(
  dataSource: DataSource,
  entity: EntityTarget<E>,
  column: string,
  further?: Further<X>,
) {
  const table = tableOf(dataSource, entity);
  const at = table.columns.findIndex(({ databaseName }) => databaseName === column);
  return {
    valueOf: (row: Row) => row[at],
    entityOf: (row: Row) => entityOf(dataSource, table, row, further),
    read: async (reader: EntityManager, values: readonly unknown[]): Promise<readonly Row[]> => {
      // PostgreSQL has no text with a NUL, and refuses to look for one.
      if (values.some((value) => typeof value === 'string' && value.includes('\0'))) return [];
      const condition = `${dataSource.driver.escape(column)} IN (${values.map(() => '?').join(', ')})`;
      const { rows } = await runDirectly(reader, selection(dataSource, table, condition, further), values);
      // MySQL pads texts with blanks when it compares them.
      return rows.filter((row) => values.includes(row[at]));
    },
  };
}

/** The rows that a condition with `?` for its parameters names, in the order that it may end with. */
export async function selectWhere<E extends ObjectLiteral, X extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  condition: string,
  parameters: readonly (string | number)[],
  further?: Further<X>,
): Promise<(E & Record<X, unknown>)[]> {
  const { dataSource } = manager;
  const table = tableOf(dataSource, entity);
  const { rows } = await runDirectly(manager, selection(dataSource, table, condition, further), parameters);
  return rows.map((row) => entityOf(dataSource, table, row, further));
}

/** Changes the rows that have these values, an undefined one left as it is. */
export const updating =
  <E extends ObjectLiteral>(entity: EntityTarget<E>, where: Partial<E>, changed: Partial<E>): Step =>
  (dataSource) => {
    const { driver } = dataSource;
    const { columns, table } = tableOf(dataSource, entity);
    const given = (of: Partial<E>) => columns.filter(({ propertyName }) => of[propertyName] !== undefined);
    const equal = ({ databaseName }: Column) => `${driver.escape(databaseName)} = ?`;
    const isNull = ({ databaseName }: Column) => `${driver.escape(databaseName)} IS NULL`;
    const stored = (of: Partial<E>) => (column: Column) =>
      driver.preparePersistentValue(of[column.propertyName], column) as unknown;
    const set = given(changed);
    const full = given(where).filter(({ propertyName }) => where[propertyName] !== null);
    const empty = given(where).filter(({ propertyName }) => where[propertyName] === null);
    const condition = [...full.map(equal), ...empty.map(isNull)].join(' AND ');
    const text = repeated(numbered(dataSource, `UPDATE ${table} SET ${set.map(equal).join(', ')} WHERE ${condition}`));
    return { text, values: [...set.map(stored(changed)), ...full.map(stored(where))] };
  };

/** The same at once; answers how many rows they were. */
export const update = <E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  where: Partial<E>,
  changed: Partial<E>,
): Promise<number> => carryOut(updating(entity, where, changed), manager);

type Parameters = readonly (string | number | null)[];

/** A statement with `?` for its parameters that changes rows. */
export const changing =
  (statement: string, parameters: Parameters): Step =>
  (dataSource) => ({ text: repeated(numbered(dataSource, statement)), values: parameters });

/** Runs such a statement within a transaction; answers how many rows it changed. */
export const change = (transaction: EntityManager, statement: string, parameters: Parameters): Promise<number> =>
  carryOut(changing(statement, parameters), transaction);

/** A statement with its parameters as the engine writes them. */
export function numbered({ driver }: DataSource, statement: string): string {
  let index = 0;
  return statement.replaceAll('?', () => driver.createParameter('', index++));
}

function selection<E>(
  dataSource: DataSource,
  { table, names, selections }: TableOf<E>,
  condition: string,
  further: Further<string> = {},
): string {
  const expressions = Object.entries(further).map(([name, expression]) => `, (${expression}) AS ${name}`);
  const key = `${expressions.join('')} ${condition}`;
  const known = selections.get(key);
  if (known !== undefined) return known;
  const text = `SELECT ${names}${expressions.join('')} FROM ${table} WHERE ${numbered(dataSource, condition)}`;
  if (selections.size < mostSelections) selections.set(key, text);
  return repeated(text);
}

function entityOf<E extends ObjectLiteral, X extends string>(
  { driver }: DataSource,
  { create, columns, isAsItIs }: TableOf<E>,
  row: Row,
  further?: Further<X>,
): E & Record<X, unknown> {
  const found: Record<string, unknown> = new create();
  for (const [index, column] of columns.entries())
    found[column.propertyName] = isAsItIs[index] ? row[index] : driver.prepareHydratedValue(row[index], column);
  if (further) for (const [index, name] of Object.keys(further).entries()) found[name] = row[columns.length + index];
  return found as E & Record<X, unknown>;
}

function tableOf<E extends ObjectLiteral>(dataSource: DataSource, entity: EntityTarget<E>): TableOf<E> {
  let known = tables.get(dataSource);
  if (!known) tables.set(dataSource, (known = new Map<unknown, TableOf<ObjectLiteral>>()));
  const found = known.get(entity);
  if (found) return found as unknown as TableOf<E>;
  const { driver } = dataSource;
  const { tablePath, columns, target } = dataSource.getMetadata(entity);
  const name = driver.escape(tablePath);
  const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
  const marks = columns.map(({ databaseName }, index) => driver.createParameter(databaseName, index)).join(', ');
  const into = `INSERT INTO ${name} (${names})`;
  const made: TableOf<E> = {
    columns,
    isAsItIs: columns.map(({ type, transformer }) => !transformer && asTheyAre.has(type)),
    create: target as new () => E,
    insertion: repeated(`${into} VALUES (${marks})`),
    insertionIf: (condition) => `${into} SELECT ${marks} WHERE ${condition}`,
    names,
    table: name,
    selections: new Map(),
  };
  known.set(entity, made);
  return made;
}

/** Types whose values no engine converts. */
const asTheyAre: ReadonlySet<unknown> = new Set(['varchar', 'text', 'int']);
