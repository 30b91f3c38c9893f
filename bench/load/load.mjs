import { fileURLToPath } from 'node:url';
import { message, start } from '../processes.mjs';
import { computed, familyOf, residentMegabytes } from '../resources.mjs';

const entry = fileURLToPath(new URL('./generator.mjs', import.meta.url));

/** A process of its own that the load comes from. */
export function startLoad() {
  const child = start(['--no-warnings', entry], {});
  return { child, run: (job) => run(child, job) };
}

async function run(child, job) {
  child.send(job);
  const { figures, fault } = await message(child);
  if (fault !== undefined) throw new Error(fault);
  return figures;
}

/** Runs a job against a server, and adds what it cost: CPU a request, of the server and of its database, and memory. */
export async function measured(load, server, engine, job) {
  const database = engine.processes().flatMap(familyOf);
  const before = [computed([server.child.pid]), computed(database)];
  const figures = await load.run({ base: server.base, ...job });
  const each = (seconds) => (seconds * 1000) / job.amount;
  return {
    ...figures,
    cpu: each(computed([server.child.pid]) - before[0]),
    databaseCpu: each(computed(database) - before[1]),
    megabytes: residentMegabytes(server.child.pid),
  };
}
