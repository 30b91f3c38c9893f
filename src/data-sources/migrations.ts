import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';

/** Runs on this connection what was not run yet, and answers it. */
export function runMigrations(dataSource: DataSource, runner: QueryRunner): Promise<Migration[]> {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = dataSource.options.migrationsTransactionMode!;
  return executor.executePendingMigrations();
}

/** Takes back on this connection what was run last. */
export function undoLastMigration(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(dataSource, runner);
  // Within a transaction SQLite cannot switch foreign keys off, and would delete what hangs on a table that is rebuilt.
  executor.transaction = 'none';
  return executor.undoLastMigration();
}

/** The migrations that were run in a data source, in their order. */
export async function ranMigrations(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    // Before the first migration there is no such table.
    if (!(await runner.hasTable('migrations'))) return [];
    const rows = (await runner.query('SELECT name FROM migrations ORDER BY timestamp, id')) as { name: string }[];
    return rows.map(({ name }) => name);
  } finally {
    await runner.release();
  }
}

/** Those of the program that were not run yet. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const ran = await ranMigrations(dataSource);
  return knownTo(dataSource).filter((name) => !ran.includes(name));
}

/** Those that were run and that the program does not know. */
export async function newerMigrations(dataSource: DataSource): Promise<string[]> {
  const known = knownTo(dataSource);
  return (await ranMigrations(dataSource)).filter((name) => !known.includes(name));
}

const knownTo = ({ migrations }: DataSource): string[] => migrations.map(({ name }) => name!);
