import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { type Further, readingBy } from './statements.js';

/** Where gathered reads are made. */
interface Source {
  readonly dataSource: DataSource;
  read<T>(work: (reader: EntityManager) => Promise<T>): Promise<T>;
  isOutage(error: unknown): boolean;
}

/** One who waits for the rows with any of some values. */
interface Asker {
  readonly values: readonly string[];
  readonly answer: (rows: Row[]) => void;
  readonly refuse: (error: unknown) => void;
}

type Row = readonly unknown[];
type Reading = Pick<ReturnType<typeof readingBy>, 'read' | 'valueOf'>;

/** Askers of one statement; what any of them wait for is not much longer for the others. */
const most = 32;

/**
 * Reads by a key that are asked for in the same turn of the event loop, made as one statement: most of what a statement
 * costs, here and in the server, is not the row. It begins after the last of them was asked for, so that nobody is told
 * of anything older than the question.
 */
export class GatheredReads {
  private readonly waiting = new Map<unknown, Map<string, Asker[]>>();

  constructor(private readonly source: Source) {}

  /** The rows for which a column has one of these values, exactly. */
  async find<E extends ObjectLiteral, X extends string = never>(
    entity: EntityTarget<E>,
    column: string,
    values: readonly string[],
    further?: Further<X>,
  ): Promise<(E & Record<X, unknown>)[]> {
    // No text of ours has a NUL, and with one of them a server may refuse what others asked for.
    if (values.length === 0 || values.some((value) => value.includes('\0'))) return [];
    const { entityOf, ...reading } = readingBy(this.source.dataSource, entity, column, further);
    const kind = further ? `${column} ${Object.values(further).join()}` : column;
    // Each makes an entity of its own from a row, to do with it as it likes.
    return (await this.rows(this.kindsOf(entity), kind, values, reading)).map(entityOf);
  }

  private kindsOf(entity: unknown): Map<string, Asker[]> {
    let kinds = this.waiting.get(entity);
    if (!kinds) this.waiting.set(entity, (kinds = new Map<string, Asker[]>()));
    return kinds;
  }

  private rows(kinds: Map<string, Asker[]>, kind: string, values: readonly string[], reading: Reading): Promise<Row[]> {
    return new Promise((answer, refuse) => {
      const asker = { values, answer, refuse };
      const askers = kinds.get(kind);
      if (askers) return void askers.push(asker);
      kinds.set(kind, [asker]);
      setImmediate(() => {
        const all = kinds.get(kind)!;
        kinds.delete(kind);
        for (let first = 0; first < all.length; first += most) void this.ask(all.slice(first, first + most), reading);
      });
    });
  }

  private async ask(askers: readonly Asker[], reading: Reading): Promise<void> {
    try {
      const values = padded([...new Set(askers.flatMap((asker) => asker.values))]);
      const rows = await this.source.read((reader) => reading.read(reader, values));
      for (const { values: own, answer } of askers)
        answer(rows.filter((row) => own.includes(reading.valueOf(row) as string)));
    } catch (error) {
      // What a database says of the values of one is no answer for the others.
      if (askers.length > 1 && !this.source.isOutage(error)) for (const one of askers) void this.ask([one], reading);
      else for (const { refuse } of askers) refuse(error);
    }
  }
}

/** As many as the next power of two, so that there are few texts of a statement for a server to keep. */
function padded(values: readonly string[]): readonly string[] {
  const count = 2 ** Math.ceil(Math.log2(values.length));
  return Array.from({ length: count }, (_, index) => values[Math.min(index, values.length - 1)]!);
}
