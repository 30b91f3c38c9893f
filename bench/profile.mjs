import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClientele } from './contenders/clientele.mjs';
import { engineNames, startEngine } from './engines.mjs';
import { startLoad } from './load/load.mjs';
import { chosen } from './options.mjs';
import { stop, temporaryFolder } from './processes.mjs';
import { table } from './report.mjs';
import { works } from './works/works.mjs';

/** `npm run bench:profile`: where the program spends its time in each work, by package and by function. */
const options = chosen({ work: Object.keys(works), engine: engineNames });
const amount = options.quick ? 1_000 : 10_000;
const connections = 16;
const shown = 40;

for (const name of options.engine) {
  const engine = await startEngine(name);
  for (const work of options.work) await profile(engine, work);
  await engine.stop();
}
process.exit();

async function profile(engine, work) {
  const folder = temporaryFolder();
  const nodeArguments = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`];
  const server = await startClientele(await engine.database(), { nodeArguments });
  const load = startLoad();
  const requests = await works[work].requests(server);
  const since = Number(process.hrtime.bigint() / 1000n);
  await load.run({ loop: 'closed', base: server.base, requests, connections, amount });
  await stop(load.child);
  await stop(server.child);
  const [file] = readdirSync(folder);
  const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')), since);
  const busy = [...times.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const share = (milliseconds) => `${((100 * milliseconds) / busy).toFixed(1)} %`;
  const byPackage = summed(times, ({ from }) => from);
  process.stdout.write(`\n## ${works[work].title} on ${engine.name}: ${(busy / amount).toFixed(3)} ms a request\n\n`);
  const row = ([what, milliseconds]) => [what, share(milliseconds)];
  process.stdout.write(`${table(['From', 'Self time'], byPackage.slice(0, shown).map(row))}\n\n`);
  const byFunction = summed(times, ({ title }) => title);
  process.stdout.write(`${table(['Function', 'Self time'], byFunction.slice(0, shown).map(row))}\n`);
}

/** Milliseconds in each function itself since some microsecond of the machine's clock, but for those with nothing to do. */
function selfTimes({ nodes, samples, timeDeltas, startTime }, since) {
  const functions = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map();
  let now = startTime;
  for (const [at, id] of samples.entries()) {
    now += timeDeltas[at];
    if (now < since) continue;
    const { functionName, url, lineNumber } = functions.get(id);
    if (functionName === '(idle)') continue;
    const found = times.get(id) ?? {
      from: packageOf(url, functionName),
      title: titleOf(functionName, url, lineNumber),
      milliseconds: 0,
    };
    found.milliseconds += timeDeltas[at] / 1000;
    times.set(id, found);
  }
  return times;
}

function packageOf(url, functionName) {
  return (
    /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ??
    /dist\/([^/]+)\//.exec(url)?.[0] ??
    (url.startsWith('node:') ? url.split('/')[0] : url || functionName)
  );
}

function titleOf(functionName, url, line) {
  return `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${line + 1}`;
}

function summed(times, key) {
  const sums = new Map();
  for (const one of times.values()) sums.set(key(one), (sums.get(key(one)) ?? 0) + one.milliseconds);
  return [...sums].sort((a, b) => b[1] - a[1]);
}
