import { measured } from './load/load.mjs';
import { latencyOf, round, spread } from './figures.mjs';

/** The share of its own capacity at which a server is asked how long it takes. */
const easyShare = 0.7;

/** How often a round is made again of a peer that has forgotten what was registered with it. */
const mostTries = 3;

/** What is kept in memory are the newest 1,000 things, the tokens that it gives out among them. */
const forgets = ({ kind, database }) => kind === 'peer' && database === undefined;

/** Seconds of a warm-up, by what the first requests took. */
const longestWarmUp = 30;

/**
 * Lets the servers of a work, by name, take turns, the one that the others are compared with first, so that a slow minute of the machine hits all of them:
 * in a closed loop over some numbers of connections, then at a steady rate. `plan` says for how long. Throws when an
 * answer is not what it has to be, and when a database does not hold what was acknowledged, or more than a 503 may have left there.
 */
export async function measureWork({ name, work, engine, servers, load, plan, say }) {
  const names = Object.keys(servers);
  const ready = {};
  for (const one of names) ready[one] = await prepare(servers[one], name, work);
  const loops = {};
  for (const connections of plan.connections)
    loops[connections] = await closed({ names, ready, engine, load, connections, plan, say, name, work });
  const open = await steady({ names, ready, engine, load, loops, plan, say });
  for (const one of names) await demandStored(ready[one]);
  return { loops, open };
}

async function prepare(server, name, work) {
  // What is kept in memory has forgotten the last one, after a thousand other tokens.
  if (server.newToken) server.token = await server.newToken();
  const requests =
    server.kind === 'floor'
      ? [{ method: 'POST', path: `/${name}`, headers: {}, body: server.bodies[name], status: 200 }]
      : await work.requests(server);
  const counts = (server.kind === 'peer' ? work.leaves.peer : work.leaves.clientele) ?? [];
  const leaves = server.database ? counts : [];
  return { server, requests, leaves, before: await count(server, leaves), acknowledged: 0, unknown: 0 };
}

async function closed({ names, ready, engine, load, connections, plan, say, name, work }) {
  const apart = work.isApart;
  const run = async (one, amount) => {
    for (let tries = 1; ; tries += 1)
      try {
        const { server, requests } = ready[one];
        const figures = await measured(load, server, engine, { loop: 'closed', requests, connections, amount, apart });
        ready[one].acknowledged += amount;
        return figures;
      } catch (error) {
        if (!forgets(ready[one].server) || tries === mostTries) throw new Error(`${one}: ${error.message}`);
        say(`${one} has forgotten some of its clients; it gets others, and does that again`);
        ready[one] = await prepare(ready[one].server, name, work);
      }
  };
  const amounts = {};
  for (const one of names) {
    // Compiles what is hot, unless that would take all day, and finds out how many requests take as long as a round shall.
    const glance = await run(one, connections);
    const warmUp = Math.min(plan.warmUp, glance.perSecond * longestWarmUp);
    const { perSecond } = await run(one, atLeast(connections, warmUp));
    amounts[one] = atLeast(connections, perSecond * plan.seconds);
  }
  const figures = Object.fromEntries(names.map((one) => [one, []]));
  for (let turn = 0; turn < plan.rounds; turn += 1)
    for (const one of names) {
      const figure = await run(one, amounts[one]);
      figures[one].push(figure);
      say(`${one}: ${Math.round(figure.perSecond)}/s over ${connections}`);
    }
  return Object.fromEntries(names.map((one) => [one, summary(figures[one], figures[names[0]])]));
}

/** Each at a share of what it has shown to be capable of. */
async function steady({ names, ready, engine, load, loops, plan, say }) {
  const rounds = Object.fromEntries(names.map((one) => [one, []]));
  const rateOf = (one) =>
    easyShare * Math.max(...plan.connections.map((connections) => loops[connections][one].perSecond.median));
  for (let turn = 0; turn < plan.rounds; turn += 1)
    for (const one of names) {
      const { server, requests } = ready[one];
      const [rate, amount] = [rateOf(one), Math.ceil(rateOf(one) * plan.openSeconds)];
      const figures = await measured(load, server, engine, { loop: 'open', requests, rate, amount });
      ready[one].acknowledged += amount - figures.refused;
      ready[one].unknown += figures.refused;
      rounds[one].push(figures);
    }
  const open = {};
  for (const one of names) {
    const of = (member) => spread(rounds[one].map((figures) => figures[member]));
    const refused = rounds[one].reduce((sum, figures) => sum + figures.refused, 0);
    open[one] = {
      rate: round(rateOf(one)),
      p50: of('p50').median,
      p99: of('p99').median,
      worst: of('p99').max,
      refused,
    };
    say(`${one}: p99 ${latencyOf(open[one])} at ${open[one].rate}/s`);
  }
  return open;
}

const atLeast = (connections, amount) => Math.max(connections, Math.ceil(amount));

/** The figures of all rounds, and what the first server made of this one's in each. */
function summary(rounds, first) {
  const of = (member) => spread(rounds.map((round) => round[member]));
  const members = ['perSecond', 'p50', 'p99', 'cpu', 'databaseCpu', 'megabytes'];
  return {
    ...Object.fromEntries(members.map((member) => [member, of(member)])),
    ...(rounds !== first && {
      share: spread(first.map(({ perSecond }, turn) => perSecond / rounds[turn].perSecond)),
    }),
  };
}

const count = async ({ database }, leaves) => {
  const figures = [];
  for (const statement of leaves) figures.push(Number((await database.query(statement))[0].figure));
  return figures;
};

/** Whoever is told 503 does not know whether a slow database has stored it (docs/operating.md). */
async function demandStored({ server, leaves, before, acknowledged, unknown }) {
  const after = await count(server, leaves);
  for (const [at, statement] of leaves.entries()) {
    const stored = after[at] - before[at];
    if (stored < acknowledged || stored > acknowledged + unknown)
      throw new Error(`${acknowledged} acknowledged and ${unknown} unknown, but ${stored} stored: ${statement}`);
  }
}
