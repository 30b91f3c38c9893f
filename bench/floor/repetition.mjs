import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** As long as the recorded text, and as easy to index: ids sort by their time, digests do not sort at all. */
const another = (text) =>
  isUuid.test(text) ? uuid() : randomBytes(text.length).toString('base64url').slice(0, text.length);

/** Texts that differ from one recording to the next, by the verb of their statement. */
const differing = (verb, statements, others) =>
  statements.flatMap(({ sql, parameters }, at) =>
    sql.trimStart().toUpperCase().startsWith(verb)
      ? parameters.filter((value, index) => typeof value === 'string' && value !== others[at].parameters[index])
      : [],
  );

/**
 * Gives the statements of one recorded request after the other, again and again, with new values for what was new in
 * each: texts that an INSERT brought and no SELECT looked for. They are ids and digests, some of them unique.
 */
export function repeatable(recordings) {
  const prepared = recordings.map((statements, turn) => {
    const others = recordings.at(turn - 1);
    const lookedFor = new Set(differing('SELECT', statements, others));
    const fresh = new Set(differing('INSERT', statements, others).filter((value) => !lookedFor.has(value)));
    return statements.map((statement) => ({
      ...statement,
      fresh: statement.parameters.flatMap((value, index) => (fresh.has(value) ? [index] : [])),
    }));
  });
  let turn = 0;
  return () => {
    const replaced = new Map();
    return prepared[turn++ % prepared.length].map(({ fresh, parameters, ...statement }) => {
      const values = [...parameters];
      for (const index of fresh) {
        const recorded = parameters[index];
        if (!replaced.has(recorded)) replaced.set(recorded, another(recorded));
        values[index] = replaced.get(recorded);
      }
      return { ...statement, parameters: values };
    });
  };
}
