import { contenders } from './contenders/contenders.mjs';
import { measureEach } from './each-engine.mjs';
import { durability, engineNames, startEngine } from './engines.mjs';
import { round } from './figures.mjs';
import { startLoad } from './load/load.mjs';
import { machine } from './machine.mjs';
import { chosen } from './options.mjs';
import { stop } from './processes.mjs';
import { table } from './report.mjs';
import { peakMegabytes } from './resources.mjs';
import { circumstances, engineTitles } from './sections.mjs';
import { overload, verdict } from './targets.mjs';
import { works } from './works/works.mjs';

/** `npm run bench:overload`: ten times as many registrations as can be served, and how soon it is over afterwards. */
const options = chosen({ engine: engineNames });
const plan = options.quick ? { warmUp: 500, seconds: 5 } : { warmUp: 5_000, seconds: 60 };
const times = 10;

await measureEach(options, onEngine, { kind: 'overload', section });

async function onEngine(name) {
  const engine = await startEngine(name);
  const measuredOn = machine();
  const server = await contenders.clientele.start(engine);
  const load = startLoad();
  const { base } = server;
  const requests = await works.register.requests(server);
  const closed = { loop: 'closed', base, requests, connections: 16, amount: plan.warmUp };
  await load.run(closed);
  const { perSecond: capacity } = await load.run(closed);
  const flooded = await load.run({ loop: 'flood', base, requests, rate: times * capacity, seconds: plan.seconds });
  const recovery = round(flooded.drained + (await recovered(server, requests[0])));
  const memory = Math.round(peakMegabytes(server.child.pid));
  for (const { child } of [server, load]) await stop(child);
  await engine.stop();
  return {
    engine: name,
    version: engine.version,
    settings: durability(name),
    measured: new Date().toISOString().slice(0, 10),
    machine: measuredOn,
    plan,
    capacity: round(capacity),
    ...flooded,
    perSecond: round(flooded.perSecond),
    p50: round(flooded.p50),
    p99: round(flooded.p99),
    recovery,
    memory,
  };
}

/** Seconds until a registration is accepted again, as fast as one should be. */
async function recovered({ base }, { method, path, headers, body, status }) {
  const began = performance.now();
  for (;;) {
    const sentAt = performance.now();
    const response = await fetch(`${base}${path}`, { method, headers, body });
    await response.arrayBuffer();
    if (response.status === status && performance.now() - sentAt <= overload.accepted.must)
      return (performance.now() - began) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function section(all) {
  const rows = all.map(({ engine, capacity, perSecond, statuses, untold, p99, recovery, memory }) => {
    const others = Object.keys(statuses).filter((status) => !['201', '429', '503'].includes(status));
    const isTold = others.length === 0 && untold === 0;
    return [
      engineTitles[engine],
      capacity,
      `${perSecond} (${round(perSecond / capacity)} ×)`,
      Object.entries(statuses)
        .map(([status, count]) => `${count} × ${status}`)
        .join(', '),
      isTold ? 'met' : `**missed**: ${untold} without Retry-After`,
      `${p99} (${verdict(false, p99, overload.accepted)})`,
      `${recovery} (${verdict(false, recovery, overload.recovery)})`,
      memory,
    ];
  });
  const header = ['Engine', 'Capacity/s', 'Sent/s', 'Answers', 'The rest 429 or 503 with Retry-After'];
  return [
    table([...header, 'p99 of the accepted, ms', 'Seconds to recover', 'Most memory MB'], rows),
    ...all.map((result) => circumstances(result, 'npm run bench:overload')),
  ].join('\n\n');
}
