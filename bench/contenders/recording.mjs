import { message } from '../processes.mjs';
import { send } from '../works/requests.mjs';

/** Requests that are recorded: enough to spend from every share of a token's uses. */
const recorded = 48;

/** TypeORM writes numbers into the statement: times, and the share of the token's uses that is spent from. */
export const withoutNumbers = (sql) => sql.replace(/(?<![\w"$])\d+/g, '<number>');
const shapeOf = (statements) => statements.map(({ sql }) => withoutNumbers(sql)).join('\n');

/** Sends some requests to the program, started with `recording`; gives each answer, and the statements that it took. */
export async function record(program, requests) {
  const handOver = () => {
    program.child.send('hand over');
    return message(program.child);
  };
  await send(program, requests[0]); // may do what only a first one does
  await handOver();
  const recordings = [];
  for (let turn = 0; turn < recorded; turn += 1) {
    const answer = await send(program, requests[turn % requests.length]);
    recordings.push({ answer, statements: await handOver() });
  }
  return usual(recordings);
}

/** Those that did the same; others had work of the background between theirs. */
function usual(recordings) {
  const byShape = new Map();
  for (const recording of recordings) {
    const shape = shapeOf(recording.statements);
    byShape.set(shape, [...(byShape.get(shape) ?? []), recording]);
  }
  const [most] = [...byShape.values()].sort((a, b) => b.length - a.length);
  if (most.length < recordings.length / 2) throw new Error('the program does not do the same for each request');
  return most;
}
