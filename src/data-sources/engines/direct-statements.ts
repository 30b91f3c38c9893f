import { type DataSource, type EntityManager, type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** What a statement answers. */
export interface Answer {
  /** Each with its values in the order of the selection. */
  readonly rows: readonly (readonly unknown[])[];
  /** How many rows it changed. */
  readonly affected: number;
}

/**
 * Hands a statement to the driver: on the connection of a transaction, or by itself on any that is free. Throws what
 * TypeORM would.
 */
export type Way = (text: string, values: readonly unknown[], transaction?: QueryRunner) => Promise<Answer>;

const ways = new WeakMap<DataSource, Way>();

/** Says how the statements of a data source get to its driver. */
export function openWay(dataSource: DataSource, way: Way): void {
  ways.set(dataSource, way);
}

/**
 * Runs a statement past TypeORM, whose own way to the driver (a runner with its events and its log, rows with a name for
 * each value) costs as much as the driver itself (see bench/README.md).
 */
export async function runDirectly(
  { dataSource, queryRunner }: Pick<EntityManager, 'dataSource' | 'queryRunner'>,
  text: string,
  values: readonly unknown[],
): Promise<Answer> {
  if (queryRunner?.isReleased) throw new QueryRunnerAlreadyReleasedError();
  return ways.get(dataSource)!(text, values, queryRunner);
}

const boundaries: ReadonlySet<string> = new Set(['START TRANSACTION', 'COMMIT', 'ROLLBACK']);

/** Makes the transactions of a runner begin and end as directly as their statements run. */
export function withDirectBoundaries(runner: QueryRunner): QueryRunner {
  const { dataSource } = runner;
  const query = runner.query.bind(runner) as (...all: unknown[]) => Promise<unknown>;
  const direct = (text: string, ...rest: unknown[]): Promise<unknown> =>
    boundaries.has(text) ? runDirectly({ dataSource, queryRunner: runner }, text, []) : query(text, ...rest);
  return Object.assign(runner, { query: direct });
}
