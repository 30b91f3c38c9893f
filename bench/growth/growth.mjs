import { newSecrets, startClientele } from '../contenders/clientele.mjs';
import { record } from '../contenders/recording.mjs';
import { measureEach } from '../each-engine.mjs';
import { durability, engineNames, startEngine } from '../engines.mjs';
import { spread } from '../figures.mjs';
import { startLoad } from '../load/load.mjs';
import { machine } from '../machine.mjs';
import { measureWork } from '../measure.mjs';
import { chosen } from '../options.mjs';
import { stop } from '../processes.mjs';
import { peakMegabytes } from '../resources.mjs';
import { works } from '../works/works.mjs';
import { bulkLoad } from './bulk-load.mjs';
import { lists } from './lists.mjs';
import { section } from './section.mjs';

/** `npm run bench:growth`: the same work with a thousand clients and with a million, each in a database of its own. */
const measuredWorks = { ...works, ...lists };
const sizes = ['1000', '10000', '100000', '1000000'];
const options = chosen({ work: Object.keys(measuredWorks), engine: engineNames, size: sizes });
const asked = options.quick && options.size.length === sizes.length ? sizes.slice(0, 2) : options.size;
const plan = options.quick
  ? { connections: [16], rounds: 2, seconds: 1, warmUp: 500, openSeconds: 1, starts: 1 }
  : { connections: [16], rounds: 5, seconds: 2, warmUp: 2_000, openSeconds: 1, starts: 3 };
const say = (line) => process.stderr.write(`${line}\n`);

await measureEach(options, onEngine, { kind: 'growth', section });

async function onEngine(name) {
  const engine = await startEngine(name);
  const around = machine();
  const grown = [];
  for (const size of asked) grown.push(await grow(engine, Number(size)));
  const servers = Object.fromEntries(grown.map(({ server }, at) => [asked[at], server]));
  const load = startLoad();
  const measured = {};
  for (const work of options.work) {
    say(`${measuredWorks[work].title} on ${name}`);
    measured[work] = await measureWork({ name: work, work: measuredWorks[work], engine, servers, load, plan, say });
  }
  const memory = grown.map(({ server }) => Math.round(peakMegabytes(server.child.pid)));
  for (const { child } of [...Object.values(servers), load]) await stop(child);
  await engine.stop();
  return {
    engine: name,
    version: engine.version,
    settings: durability(name),
    measured: new Date().toISOString().slice(0, 10),
    machine: around,
    plan,
    sizes: asked,
    works: measured,
    readySeconds: grown.map(({ ready }) => ready),
    memory,
  };
}

/** A database that has grown, and the program on it; `ready` is how long it takes to start there. */
async function grow(engine, size) {
  const database = await engine.database();
  const secrets = newSecrets();
  const recorder = await startClientele(database, { secrets, recording: true });
  const recordings = await record(recorder, await works.register.requests(recorder));
  await stop(recorder.child);
  await bulkLoad(
    database,
    recordings.map(({ statements }) => statements),
    size,
  );
  await sealed(database, secrets);
  const seconds = [];
  for (let start = 1; ; start += 1) {
    const server = await startClientele(database, { secrets });
    seconds.push(server.readyMilliseconds / 1000);
    if (start === plan.starts) return { server, ready: spread(seconds) };
    await stop(server.child);
  }
}

/** Lets the program seal the events of the past, as it would have done long ago: it is not what is measured. */
async function sealed(database, secrets) {
  const { child } = await startClientele(database, { secrets });
  const figure = async (sql) => Number((await database.query(sql))[0].figure);
  const newest = Math.floor(Date.now() / 1000) - 3_600;
  say('waiting for the seals of the past');
  while ((await figure('SELECT COALESCE(MAX(until), 0) AS figure FROM audit_seals')) < newest)
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  await stop(child);
}
