import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';

/** What is new in a text: ids and digests, some of them unique. */
const unique = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{40,}/g;

/** As long, and as easy to index: ids sort by their time, digests do not sort at all. */
const another = (piece) =>
  piece.length === 36 ? uuid() : randomBytes(piece.length).toString('base64url').slice(0, piece.length);

const reads = /^\s*SELECT\b/i;

/** Also as a part of one statement for a whole change. */
const inserts = /\bINSERT INTO\b/i;

/** Texts that differ from one recording to the next, by the kind of their statement. */
const differing = (kind, statements, others) =>
  statements.flatMap(({ sql, parameters }, at) =>
    kind.test(sql)
      ? parameters.filter((value, index) => typeof value === 'string' && value !== others[at].parameters[index])
      : [],
  );

/**
 * Gives the statements of one recorded request after the other, again and again, with new ids and digests where those
 * were new in each: in texts that an INSERT brought and no SELECT looked for.
 */
export function repeatable(recordings) {
  const prepared = recordings.map((statements, turn) => {
    const others = recordings.at(turn - 1);
    const lookedFor = new Set(differing(reads, statements, others));
    const fresh = new Set(differing(inserts, statements, others).filter((value) => !lookedFor.has(value)));
    return statements.map((statement) => ({
      ...statement,
      fresh: statement.parameters.flatMap((value, index) => (fresh.has(value) ? [index] : [])),
    }));
  });
  let turn = 0;
  return () => {
    const replaced = new Map();
    const renewed = (piece) => {
      if (!replaced.has(piece)) replaced.set(piece, another(piece));
      return replaced.get(piece);
    };
    return prepared[turn++ % prepared.length].map(({ fresh, parameters, ...statement }) => {
      const values = [...parameters];
      for (const index of fresh) values[index] = parameters[index].replace(unique, renewed);
      return { ...statement, parameters: values };
    });
  };
}
