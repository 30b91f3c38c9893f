import { readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { message, peakMemory, start, stop, temporaryFolder } from './children.mjs';
import { connections, load } from './load.mjs';
import { recordedStatements, registerOnce, startProgram } from './program.mjs';
import { machine, publish, round, spread, table } from './report.mjs';

const rounds = 11;
const secondsOfARound = 3;
/** Enough to spend from every share of the token's uses. */
const recorded = 32;
/** How busy others kept the machine. */
const loadBefore = round(loadavg()[0]);
const targets = { share: 0.25, megabytes: 250 };

/** TypeORM writes numbers into the statement: times, and the share of the token's uses that is spent from. */
const withoutNumbers = (sql) => sql.replace(/(?<![\w"])\d+/g, '<number>');

/** What this asks of the database, whatever the program's own default may become. */
const pragmas = ['journal_mode = WAL', 'synchronous = FULL'];

const folders = { program: temporaryFolder(), floor: temporaryFolder() };
const floorsDatabase = await recordRegistrations(folders.floor);
const servers = { program: await startProgram(folders.program), floor: await startFloor(floorsDatabase) };
const stored = { program: count(servers.program.databaseFile), floor: count(floorsDatabase.file) };

const amounts = {};
for (const [name, server] of Object.entries(servers)) amounts[name] = await warmUp(server);
const figures = { program: [], floor: [] };
for (let turn = 0; turn < rounds; turn += 1) {
  for (const [name, server] of Object.entries(servers)) {
    const figure = await load(server, amounts[name].round);
    figures[name].push(figure);
    process.stdout.write(`${name.padEnd(8)} ${Math.round(figure.perSecond)}/s\n`);
  }
}
const memory = { program: peakMemory(servers.program.child), floor: peakMemory(servers.floor.child) };
for (const [name, { child, databaseFile }] of Object.entries(servers)) {
  await stop(child);
  const acknowledged = amounts[name].warm + rounds * amounts[name].round;
  demandStored(name, acknowledged, stored[name], count(databaseFile));
}
report();

/** Lets the program migrate a database and register a few clients; returns where the database and the recording are. */
async function recordRegistrations(folder) {
  const program = await startProgram(folder, { recording: true });
  const opening = await recordedStatements(program);
  for (const pragma of pragmas) {
    if (!opening.some(({ sql }) => sql === `PRAGMA ${pragma}`)) throw new Error(`the program does not set ${pragma}`);
  }
  await registerOnce(program); // may do what only a first one does
  await recordedStatements(program);
  const recordings = [];
  for (let turn = 0; turn < recorded; turn += 1) {
    await registerOnce(program);
    recordings.push(await recordedStatements(program));
  }
  await stop(program.child);
  const texts = new Set(recordings.map((steps) => steps.map(({ sql }) => withoutNumbers(sql)).join('\n')));
  if (texts.size !== 1) throw new Error('not every registration runs the same statements');
  const recordingFile = join(folder, 'recording.json');
  writeFileSync(recordingFile, JSON.stringify(recordings));
  return { file: program.databaseFile, recordingFile, statements: recordings[0].map(({ sql }) => withoutNumbers(sql)) };
}

async function startFloor({ file, recordingFile }) {
  const folder = folders.floor;
  const child = start([fileURLToPath(new URL('./floor.mjs', import.meta.url)), file, recordingFile], { folder });
  const { port } = await message(child);
  return { child, databaseFile: file, token: 'not-read', url: `http://127.0.0.1:${port}/register` };
}

/** Compiles what is hot, and finds out how many registrations take as long as a round shall. */
async function warmUp(server) {
  let warm = 0;
  let perSecond = 500;
  for (const seconds of [1, 2, 2]) {
    const amount = Math.ceil(perSecond * seconds);
    ({ perSecond } = await load(server, amount));
    warm += amount;
  }
  return { warm, round: Math.ceil(perSecond * secondsOfARound) };
}

/** How many registrations a database holds, by each of the three traces that one leaves. */
function count(file) {
  const database = new Libsql(file);
  const figure = (sql) => database.prepare(sql).get().figure;
  const counted = {
    clients: figure('SELECT COUNT(*) AS figure FROM clients'),
    events: figure(`SELECT COUNT(*) AS figure FROM audit_events WHERE action = 'client.registered'`),
    uses: figure('SELECT SUM(used) AS figure FROM initial_access_token_uses'),
  };
  database.close();
  return counted;
}

function demandStored(name, acknowledged, before, after) {
  for (const [what, figure] of Object.entries(after)) {
    if (figure - before[what] !== acknowledged)
      throw new Error(
        `${name}: ${acknowledged} registrations acknowledged, but ${figure - before[what]} ${what} stored`,
      );
  }
}

function report() {
  const summary = (name) => ({
    perSecond: spread(figures[name].map(({ perSecond }) => perSecond)),
    p50: spread(figures[name].map(({ p50 }) => p50)),
    p99: spread(figures[name].map(({ p99 }) => p99)),
    ...(memory[name] && { peakMegabytes: round(memory[name] / 1e6) }),
    registrations: amounts[name].warm + rounds * amounts[name].round,
  });
  const share = spread(figures.program.map(({ perSecond }, turn) => perSecond / figures.floor[turn].perSecond));
  const result = {
    measured: new Date().toISOString().slice(0, 10),
    command: 'npm run bench',
    machine: { ...machine(), database: database(), disk: disk(), loadBefore },
    connections,
    rounds,
    secondsOfARound,
    program: summary('program'),
    floor: summary('floor'),
    share,
    targets,
    statements: floorsDatabase.statements.map((sql) => ({ sql })),
  };
  const section = markdown(result);
  publish('registration', result, section);
  process.stdout.write(`\n${section}\n`);
}

function markdown({
  measured,
  command,
  machine: { processor, cores, memory, system, node, database, disk },
  ...result
}) {
  const range = ({ median, min, max }) => `${median} (${min}–${max})`;
  const row = (title, { perSecond, p50, p99, peakMegabytes }) => [
    title,
    range(perSecond),
    range(p50),
    range(p99),
    peakMegabytes ?? 'n/a',
  ];
  const { share, program, floor } = result;
  const met = (holds) => (holds ? 'met' : 'missed');
  const megabytes = program.peakMegabytes === undefined ? 'n/a' : met(program.peakMegabytes < result.targets.megabytes);
  return [
    table(
      ['Server', 'Registrations/s', 'p50 ms', 'p99 ms', 'Peak memory MB'],
      [row('Clientele', program), row('the floor', floor)],
    ),
    '',
    `Clientele makes **${share.median}** of the floor (${share.min}–${share.max} over the rounds).`,
    `Targets: at least ${result.targets.share} of the floor (${met(share.median >= result.targets.share)}), less than ${result.targets.megabytes} MB of memory (${megabytes}).`,
    '',
    `${rounds} rounds of about ${secondsOfARound} seconds each, in turn, over ${connections} connections; medians, least and most in brackets.`,
    `All ${program.registrations + floor.registrations} answers were 201, and each database holds exactly the registrations that it acknowledged.`,
    '',
    `${processor}, ${cores} cores, ${memory}, ${system}; Node ${node}; ${database}; ${disk}. Measured on ${measured}, with a load average of ${loadBefore} before it began, by \`${command}\`.`,
  ].join('\n');
}

function database() {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const connection = new Libsql(':memory:');
  const { sqlite } = connection.prepare('SELECT sqlite_version() AS sqlite').get();
  return `SQLite ${sqlite} (libsql ${dependencies.libsql}), ${pragmas.join(', ')}`;
}

/** A file system in memory writes nothing, which makes `synchronous = FULL` cost nothing. */
function disk() {
  const known = { 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs: no disk at all' };
  return `database on ${known[statfsSync(folders.program).type] ?? 'an unknown file system'}`;
}
