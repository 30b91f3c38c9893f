import type { DataSource } from 'typeorm';

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
