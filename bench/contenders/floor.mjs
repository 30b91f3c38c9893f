import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { message, start, stop, temporaryFolder } from '../processes.mjs';
import { startClientele } from './clientele.mjs';
import { record, withoutNumbers } from './recording.mjs';

const entry = fileURLToPath(new URL('../floor/server.mjs', import.meta.url));

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
