import { SingleBar } from 'cli-progress';
import { openDatabase } from '../floor/databases.mjs';
import { repeatable } from '../floor/repetition.mjs';

/** Rows of a statement: few enough parameters for each engine. */
const batch = 1_000;
const month = 30 * 86_400;

/** So that indexes of digests, which come in no order, are written from memory. */
const openings = {
  sqlite: ['PRAGMA cache_size = -1000000', 'PRAGMA synchronous = OFF'],
  mariadb: ['SET SESSION unique_checks = OFF'],
  postgres: ['SET synchronous_commit = OFF'],
};
const begin = { sqlite: 'BEGIN', mariadb: 'START TRANSACTION', postgres: 'START TRANSACTION' };

/**
 * Fills a database with clients as the program makes them, and the events of their registrations: what it inserts is
 * recorded from some registrations, and repeated with new ids and digests, many rows a statement, over a month up to now.
 */
export async function bulkLoad({ engine, url }, recordings, amount) {
  const target = await openDatabase(url, { connections: 1 });
  const run = (...statements) =>
    target.run(statements.map(([sql, parameters = []]) => ({ ...call(engine), sql, parameters })));
  const next = repeatable(recordings);
  const bar = new SingleBar({
    format: `${engine} {bar} {value} of {total} clients, {eta_formatted} left`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  bar.start(amount, 0);
  await run(...openings[engine].map((sql) => [sql]));
  const until = Math.floor(Date.now() / 1000);
  for (let done = 0; done < amount; done += batch) {
    const requests = Array.from({ length: Math.min(batch, amount - done) }, (_, turn) => {
      const at = until - month + Math.floor(((done + turn) * month) / amount);
      return next().flatMap((statement) => rowsOf(statement, at));
    });
    const inserts = requests[0].map((_, table) =>
      together(
        engine,
        requests.map((tables) => tables[table]),
      ),
    );
    await run([begin[engine]], ...inserts, ['COMMIT']);
    bar.update(done + requests.length);
  }
  bar.stop();
  await target.close();
}

const call = (engine) => ({ method: engine === 'sqlite' ? 'run' : 'query' });
const times = new Set(['created_at', 'updated_at', 'at']);

/** An INSERT by itself, or within a statement that makes a whole change: its table, its columns and its parameters. */
const insertion =
  /(INSERT INTO \W(?:clients|audit_events)\W) \((.*?)\) (?:VALUES \(|SELECT )((?:(?:\?|\$\d+)(?:, )?)+)/gi;

/** The rows that a recorded statement inserts, at another time. */
const rowsOf = ({ sql, parameters }, at) =>
  [...sql.matchAll(insertion)].map((found) => {
    const [all, into, columns, marks] = found;
    const names = columns.split(', ').map((name) => name.replaceAll(/["`]/g, ''));
    const before = sql.slice(0, found.index + all.length - marks.length);
    const first = marks.startsWith('$') ? Number.parseInt(marks.slice(1)) - 1 : before.split('?').length - 1;
    const values = parameters.slice(first, first + names.length);
    return { into, columns, values: values.map((value, index) => (times.has(names[index]) ? at : value)) };
  });

/** One statement for many rows of a table. */
function together(engine, rows) {
  const [{ into, columns }] = rows;
  let mark = 0;
  const marks = rows.map(
    ({ values }) => `(${values.map(() => (engine === 'postgres' ? `$${++mark}` : '?')).join(', ')})`,
  );
  return [`${into} (${columns}) VALUES ${marks.join(', ')}`, rows.flatMap(({ values }) => values)];
}
