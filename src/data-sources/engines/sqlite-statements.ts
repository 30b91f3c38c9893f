import type Libsql from 'libsql';
import type { Answer } from './direct-statements.js';

/** What libsql's types do not tell of its statements. */
type Statement = Omit<Libsql.Statement, 'all' | 'run'> & {
  all(values: readonly unknown[]): unknown[][];
  run(values: readonly unknown[]): { changes: number };
};

interface Kept {
  readonly statement: Statement;
  readonly isReader: boolean;
}

/** More than there are of those that come again and again. */
const most = 200;

/** The statements of one SQLite connection, each prepared once. */
export class SqliteStatements {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly connection: Libsql.Database) {}

  run(text: string, values: readonly unknown[]): Answer {
    const { statement, isReader } = this.kept.get(text) ?? this.prepare(text);
    // A list of values is one argument: more of them libsql would have to gather.
    const bound = values.some((value) => typeof value === 'boolean') ? values.map(bindable) : values;
    if (isReader) return { rows: statement.all(bound), affected: 0 };
    return { rows: [], affected: statement.run(bound).changes };
  }

  private prepare(text: string): Kept {
    const statement = this.connection.prepare(text) as unknown as Statement;
    const isReader = statement.reader;
    // A row without the names of its columns costs half as much.
    if (isReader) statement.raw();
    const made = { statement, isReader };
    this.kept.set(text, made);
    if (this.kept.size > most) this.kept.delete(this.kept.keys().next().value!);
    return made;
  }
}

/** SQLite has no booleans. */
const bindable = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);
