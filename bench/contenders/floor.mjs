import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { message, start, stop, temporaryFolder } from '../processes.mjs';
import { send } from '../works/requests.mjs';
import { startClientele } from './clientele.mjs';

const entry = fileURLToPath(new URL('../floor/server.mjs', import.meta.url));

/** Requests that are recorded: enough to spend from every share of a token's uses. */
const recorded = 48;

/** TypeORM writes numbers into the statement: times, and the share of the token's uses that is spent from. */
export const withoutNumbers = (sql) => sql.replace(/(?<![\w"$])\d+/g, '<number>');
const shapeOf = (statements) => statements.map(({ sql }) => withoutNumbers(sql)).join('\n');

/**
 * The floor: lets the program make a database and do some of each work there, and starts a server that takes the database
 * over and repeats what the program did. `statements` says what that is, by work.
 */
export async function startFloor(database, works) {
  const folder = temporaryFolder();
  const program = await startClientele(database, { recording: true });
  const recordings = {};
  const bodies = {};
  for (const [name, { requests, hasFloor }] of Object.entries(works)) {
    if (!hasFloor) continue;
    const all = await requests(program);
    recordings[name] = await record(program, all);
    bodies[name] = all[0].body;
  }
  await stop(program.child);
  const recordingFile = join(folder, 'recording.json');
  writeFileSync(recordingFile, JSON.stringify(recordings));
  const child = start([entry, database.url, recordingFile], { folder });
  const { port } = await message(child);
  const statements = Object.fromEntries(
    Object.entries(recordings).map(([name, [first]]) => [name, first.statements.map(({ sql }) => withoutNumbers(sql))]),
  );
  return { kind: 'floor', child, base: `http://127.0.0.1:${port}`, database, bodies, statements };
}

async function record(program, requests) {
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
