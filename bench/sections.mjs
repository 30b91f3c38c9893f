import { contenders } from './contenders/contenders.mjs';
import { latencyOf } from './figures.mjs';
import { versionOf } from './machine.mjs';
import { range, table } from './report.mjs';
import { latency, memory, shares, verdict } from './targets.mjs';
import { works } from './works/works.mjs';

/** The engines as they call themselves. */
export const engineTitles = { sqlite: 'SQLite', mariadb: 'MariaDB', postgres: 'PostgreSQL' };

/** The results of some engines: what was to be reached, then every figure, then what they were measured with. */
export const section = (results) =>
  [
    targets(results),
    ...results.flatMap((result) => [
      `### ${engineTitles[result.engine]}`,
      figures(result),
      around(result, 'npm run bench'),
    ]),
  ].join('\n\n');

function targets(results) {
  const of = (engine) => results.filter((result) => result.engine === engine);
  const byShare = shares.flatMap(({ work, engines, against, must, aim }) =>
    engines
      .flatMap(of)
      .flatMap(({ engine, works: { [work]: measured } }) =>
        Object.entries(measured?.loops ?? {}).map(([connections, { [against]: other }]) => [
          `${works[work].title}, ${engineTitles[engine]}, ${connections} connections`,
          contenders[against].title,
          `${must} ×`,
          `${aim} ×`,
          range(other.share),
          verdict(true, other.share.median, { must, aim }),
        ]),
      ),
  );
  const byLatency = results.flatMap(({ engine, works: all }) =>
    Object.entries(all).map(([work, { open }]) => [
      `p99 at 70 % of capacity: ${works[work].title}, ${engineTitles[engine]}`,
      '',
      `${latency.must} ms`,
      `${latency.aim} ms`,
      latencyOf(open.clientele),
      verdict(false, open.clientele.refused > 0 ? Infinity : open.clientele.p99, latency),
    ]),
  );
  const byMemory = results.map(({ engine, peak }) => [
    `most memory under load, ${engineTitles[engine]}`,
    '',
    `${memory.must} MB`,
    `${memory.aim} MB`,
    `${peak.clientele} MB`,
    verdict(false, peak.clientele, memory),
  ]);
  return table(['Work', 'Against', 'Must', 'Aim', 'Reached', ''], [...byShare, ...byLatency, ...byMemory]);
}

function figures({ works: all }) {
  const rows = Object.entries(all).flatMap(([work, { loops, open }]) =>
    Object.entries(loops).flatMap(([connections, byName]) =>
      Object.entries(byName).map(([name, { perSecond, p50, p99, cpu, databaseCpu, megabytes, share }]) => [
        `${works[work].title}: ${contenders[name].title}`,
        connections,
        range(perSecond),
        p50.median,
        p99.median,
        latencyOf(open[name]),
        cpu.median,
        databaseCpu.median,
        megabytes.median,
        share ? range(share) : '',
      ]),
    ),
  );
  const header = ['Server', 'Connections', 'Requests/s', 'p50 ms', 'p99 ms', 'p99 at 70 %'];
  return table([...header, 'CPU ms each', 'of its database', 'Memory MB', 'Clientele makes of it'], rows);
}

/** How the results of an engine were measured, with what, and when. */
export const around = (result, command) => {
  const { rounds, seconds, openSeconds } = result.plan;
  const how = `Medians of ${rounds} rounds of about ${seconds} seconds, in turn, and of ${openSeconds} at a steady rate; least and most in brackets; every answer had the status that it had to have (at a steady rate, 503 where that is told), and each database held what was acknowledged, and no more than what a 503 may have left.`;
  return `${how}\n${circumstances(result, command)}`;
};

/** With what, and when, the results of an engine were measured. */
export function circumstances({ engine, version, settings, measured, machine }, command) {
  const { processor, cores, memory: installed, system, node, disk, load } = machine;
  return `${engineTitles[engine]} ${version}, ${settings}; ${versionOf('oidc-provider')}; ${processor}, ${cores} cores, ${installed}, ${system}, Node ${node}; ${disk}; a load average of ${load} before it began. Measured on ${measured} by \`${command}\`.`;
}
