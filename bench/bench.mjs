import { contenders, takingPart } from './contenders/contenders.mjs';
import { measureEach } from './each-engine.mjs';
import { durability, engineNames, startEngine } from './engines.mjs';
import { startLoad } from './load/load.mjs';
import { machine } from './machine.mjs';
import { measureWork } from './measure.mjs';
import { chosen } from './options.mjs';
import { stop } from './processes.mjs';
import { peakMegabytes } from './resources.mjs';
import { section } from './sections.mjs';
import { works } from './works/works.mjs';

/** `npm run bench`: every work on every engine, side by side with the peer and the floor. */
const options = chosen({ work: Object.keys(works), engine: engineNames });
const plan = options.quick
  ? { connections: [16], rounds: 2, seconds: 1, warmUp: 500, openSeconds: 1 }
  : { connections: [16, 64], rounds: 5, seconds: 2, warmUp: 3_000, openSeconds: 3 };
const say = (line) => process.stderr.write(`${line}\n`);

await measureEach(options, onEngine, { kind: 'engine', heading: 'results', section });

async function onEngine(name) {
  const engine = await startEngine(name);
  const around = machine();
  const picked = Object.fromEntries(options.work.map((work) => [work, works[work]]));
  const needed = new Set(Object.entries(picked).flatMap(([work, one]) => takingPart(work, name, one)));
  const servers = {};
  for (const one of needed) servers[one] = await contenders[one].start(engine, picked);
  const load = startLoad();
  const measured = {};
  for (const [work, one] of Object.entries(picked)) {
    say(`${one.title} on ${name}`);
    const part = Object.fromEntries(takingPart(work, name, one).map((each) => [each, servers[each]]));
    measured[work] = await measureWork({ name: work, work: one, engine, servers: part, load, plan, say });
  }
  const peak = Object.fromEntries([...needed].map((one) => [one, Math.round(peakMegabytes(servers[one].child.pid))]));
  const { statements } = servers.floor ?? {};
  for (const { child } of [...Object.values(servers), load]) await stop(child);
  await engine.stop();
  return {
    engine: name,
    version: engine.version,
    settings: durability(name),
    measured: new Date().toISOString().slice(0, 10),
    machine: around,
    plan,
    works: measured,
    peak,
    statements,
  };
}
