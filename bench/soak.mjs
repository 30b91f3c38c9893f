import { startClientele } from './contenders/clientele.mjs';
import { measureEach } from './each-engine.mjs';
import { durability, engineNames, startEngine } from './engines.mjs';
import { round, spread } from './figures.mjs';
import { startLoad } from './load/load.mjs';
import { machine } from './machine.mjs';
import { chosen } from './options.mjs';
import { message, stop } from './processes.mjs';
import { range, table } from './report.mjs';
import { peakMegabytes, residentMegabytes } from './resources.mjs';
import { circumstances, engineTitles } from './sections.mjs';
import { soak, verdict } from './targets.mjs';
import { works } from './works/works.mjs';

/** `npm run bench:soak`: every work in turn for half an hour, and what is in use after a collection each minute. */
const options = chosen({ engine: engineNames });
const plan = options.quick
  ? { warmUp: 500, minutes: 3, secondsOfMinute: 5, share: 0.6 }
  : { warmUp: 3_000, minutes: 30, secondsOfMinute: 60, share: 0.6 };
const probe = new URL('./heap.mjs', import.meta.url).href;
const say = (line) => process.stderr.write(`${line}\n`);

await measureEach(options, onEngine, { kind: 'soak', section });

async function onEngine(name) {
  const engine = await startEngine(name);
  const around = machine();
  const server = await startClientele(await engine.database(), { nodeArguments: ['--expose-gc', '--import', probe] });
  const load = startLoad();
  const { base, child } = server;
  const list = [];
  for (const [work, { requests }] of Object.entries(works)) {
    const all = await requests(server);
    const closed = {
      loop: 'closed',
      base,
      requests: all,
      connections: 16,
      amount: plan.warmUp,
      apart: works[work].isApart,
    };
    const { perSecond } = await load.run(closed);
    list.push({ requests: all, rate: plan.share * perSecond });
  }
  const heaps = [];
  const resident = [];
  const seconds = plan.secondsOfMinute / list.length;
  for (let minute = 1; minute <= plan.minutes; minute += 1) {
    for (const { requests, rate } of list)
      await load.run({ loop: 'open', base, requests, rate, amount: Math.ceil(rate * seconds) });
    child.send('heap');
    heaps.push((await message(child)).heap);
    resident.push(residentMegabytes(child.pid));
    say(`minute ${minute} on ${name}: ${round(heaps.at(-1))} MB in use, ${round(resident.at(-1))} MB resident`);
  }
  const peak = Math.round(peakMegabytes(child.pid));
  for (const one of [child, load.child]) await stop(one);
  await engine.stop();
  const third = Math.floor(heaps.length / 3);
  return {
    engine: name,
    version: engine.version,
    settings: durability(name),
    measured: new Date().toISOString().slice(0, 10),
    machine: around,
    plan,
    heaps: heaps.map(round),
    resident: resident.map(round),
    first: spread(heaps.slice(0, third)),
    last: spread(heaps.slice(-third)),
    peak,
  };
}

function section(all) {
  const rows = all.map(({ engine, plan: { minutes }, first, last, resident, peak }) => {
    const growth = round(last.median / first.median);
    return [
      engineTitles[engine],
      minutes,
      range(first),
      range(last),
      `${growth} × (${verdict(false, growth, soak)})`,
      resident.at(-1),
      peak,
    ];
  });
  const header = ['Engine', 'Minutes', 'In use in the first third, MB', 'in the last third, MB', 'grown to'];
  return [
    table([...header, 'Resident in the end, MB', 'at most, MB'], rows),
    ...all.map((result) => circumstances(result, 'npm run bench:soak')),
  ].join('\n\n');
}
