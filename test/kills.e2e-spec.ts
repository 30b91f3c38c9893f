import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { times } from './support/counts.js';
import { type DatabaseServer, describeOn, startMariadb, startPostgres } from './support/databases.js';
import { type Galera, startGalera } from './support/galera.js';
import { initialAccessToken } from './support/http.js';
import { Instance, startInstances } from './support/instance.js';
import { Ledger } from './support/ledger.js';
import { SocketLoad } from './support/socket-load.js';
import { openSql } from './support/sql.js';

const minutes = 60_000;
const callers = 12;

let instances: Instance[] = [];

afterEach(async () => {
  for (const instance of instances) await instance.remove();
  instances = [];
}, minutes);

/** Holds a database to a ledger, and says in the log what the run came to. */
async function settle(what: string, ledger: Ledger, url: string): Promise<void> {
  await ledger.stop();
  for (const instance of instances) await instance.ready();
  const repeated = await ledger.askAgain();
  const sql = openSql(url);
  const wrong = await ledger.check(sql).finally(() => sql.close());
  const { acknowledged, unknown, slowest } = ledger;
  report(
    `${what}: ${acknowledged} acknowledged, ${unknown} unknown, ${repeated} of them asked again, slowest answer ${slowest} ms`,
  );
  if (wrong.length > 0)
    report(`${JSON.stringify(ledger.statuses)}\n${instances.map(({ output }) => output).join('\n')}`);
  expect(wrong).toEqual([]);
  expect(acknowledged).toBeGreaterThan(0);
}

const report = (text: string) => process.stderr.write(`${text}\n`);

/** Ends the program under load again and again. */
async function killService(what: string, url: string, kills: number): Promise<void> {
  instances = await startInstances([{ DATA_SOURCE_DEFAULT_URL: url, MIGRATE: 'on' }]);
  const [instance] = instances as [Instance];
  const ledger = await Ledger.open([instance.url]);
  let slowest = 0;
  for (let kill = 0; kill < kills; kill++) {
    ledger.run(callers);
    await ledger.nextAcknowledgement();
    await wait(200 + 80 * (kill % 10));
    await instance.end('SIGKILL');
    await ledger.stop();
    instance.start();
    slowest = Math.max(slowest, await instance.ready());
  }
  await settle(`${what}, program killed ${kills} times, ready again within ${slowest} ms`, ledger, url);
}

describe('kill -9 of the program under load, on SQLite', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it(
    'loses nothing that was acknowledged and leaves nothing half-written',
    () => killService('SQLite', `sqlite:${join(folder, 'clientele.db')}`, times(15, 5)),
    5 * minutes,
  );
});

for (const [engine, start] of [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const)
  describeOn(engine)(`under load on ${engine}`, () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await start();
    }, minutes);
    afterAll(() => server?.remove(), minutes);

    if (engine === 'mariadb')
      it(
        'kill -9 of the program loses nothing that was acknowledged and leaves nothing half-written',
        () => killService(engine, server.url, times(15, 3)),
        5 * minutes,
      );

    it(
      'kill -9 of the database loses nothing that was acknowledged, and the program goes on by itself',
      async () => {
        instances = await startInstances(
          Array.from({ length: 2 }, () => ({ DATA_SOURCE_DEFAULT_URL: server.url, MIGRATE: 'on' })),
        );
        const ledger = await Ledger.open(
          instances.map(({ url }) => url),
          591,
        );
        const kills = times(5, 2);
        let slowest = 0;
        ledger.run(callers);
        for (let kill = 0; kill < kills; kill++) {
          await ledger.nextAcknowledgement();
          await wait(1_000);
          await server.kill();
          await wait(500);
          await server.start();
          slowest = Math.max(slowest, await ledger.nextAcknowledgement());
        }
        await settle(
          `${engine} killed ${kills} times, writes again within ${slowest} ms of its return`,
          ledger,
          server.url,
        );
        expect(instances.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
      },
      5 * minutes,
    );
  });

describeOn('galera')('kill -9 of a node of Galera under load', () => {
  let galera: Galera;
  beforeAll(async () => {
    galera = await startGalera();
  }, 2 * minutes);
  afterAll(() => galera?.remove(), minutes);

  it(
    'loses nothing that was acknowledged, and the others go on',
    async () => {
      instances = await startInstances(
        Array.from({ length: 3 }, () => ({ DATA_SOURCE_DEFAULT_URL: galera.url, MIGRATE: 'on' })),
      );
      const ledger = await Ledger.open(
        instances.map(({ url }) => url),
        92,
      );
      const kills = times(3, 1);
      let slowest = 0;
      ledger.run(callers);
      for (let kill = 0; kill < kills; kill++) {
        await ledger.nextAcknowledgement();
        await wait(1_000);
        const node = galera.nodes[kill % 3]!;
        await node.kill();
        slowest = Math.max(slowest, await ledger.nextAcknowledgement());
        await wait(1_000);
        await node.start();
      }
      await settle(
        `Galera, a node killed ${kills} times, writes again after ${slowest} ms at most`,
        ledger,
        galera.nodes[(kills + 1) % 3]!.url,
      );
      expect(instances.map(({ hasEnded }) => hasEnded)).toEqual([false, false, false]);
    },
    8 * minutes,
  );
});

describe('SIGTERM under load', () => {
  it(
    'answers every request that was fully sent, and ends within 10 s',
    async () => {
      const counts = { answered: 0, lost: 0, reset: 0 };
      for (let stop = 0; stop < times(20, 3); stop++) {
        const instance = (instances = await startInstances([{}]))[0]!;
        const token = await initialAccessToken(instance.url, { uses: 100_000 });
        const load = new SocketLoad(instance.port, token);
        load.run(16);
        await wait(700 + 25 * stop);
        const { code, milliseconds } = await instance.end('SIGTERM');
        await load.stop();
        expect(code).toBe(0);
        expect(milliseconds).toBeLessThan(10_000);
        counts.answered += load.answered;
        counts.lost += load.lost;
        counts.reset += load.reset;
        await instance.remove();
      }
      report(`SIGTERM: ${counts.answered} answered, ${counts.lost} lost, ${counts.reset} reset before they were taken`);
      expect(counts).toMatchObject({ lost: 0, reset: 0 });
      expect(counts.answered).toBeGreaterThan(100);
    },
    5 * minutes,
  );
});
