import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { type DatabaseServer, describeOn } from '../support/databases.js';
import { startServer } from '../support/database-servers.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { initialAccessToken, send, webClient } from '../support/http.js';
import { type Instance, startInstances } from '../support/instance.js';
import { Ledger } from '../support/ledger.js';
import { openSql } from '../support/sql.js';

const registerWith = (url: string, token: string) => send('POST', `${url}/register`, { token, json: webClient });

const few = { mariadb: ['--max-connections=5'], postgres: ['-c', 'max_connections=8'] };

for (const [engine, protocol] of [
  ['mariadb', 'mysql'],
  ['postgres', 'postgres'],
] as const)
  describeOn(engine)(engine, () => {
    let server: DatabaseServer | undefined;
    let instance: Instance | undefined;
    let proxy: FaultProxy | undefined;
    afterEach(async () => {
      await instance?.remove();
      await proxy?.close();
      await server?.remove();
      server = instance = proxy = undefined;
    });

    const start = async (url: string) => {
      [instance] = await startInstances([{ DATA_SOURCE_DEFAULT_URL: url, MIGRATE: 'on' }]);
      return instance!;
    };

    it('that answers nothing for ten seconds is not ready, and is written to again by itself', async () => {
      server = await startServer(engine);
      proxy = await FaultProxy.before(protocol, server.port);
      const { url } = await start(server.url.replace(`:${server.port}/`, `:${proxy.port}/`));
      const ledger = await Ledger.open([url]);
      ledger.run(12);
      let [slowest, unready, readyAgain] = [0, 0, 0];
      for (let round = 0; round < 3; round++) {
        await ledger.nextAcknowledgement();
        await wait(1_000);
        proxy.fallSilent();
        const begun = Date.now();
        while ((await fetch(`${url}/health/ready`)).status === 200) await wait(50);
        unready = Math.max(unready, Date.now() - begun);
        while (Date.now() - begun < 10_000) {
          const asked = Date.now();
          expect((await fetch(`${url}/health/live`)).status).toBe(200);
          expect(Date.now() - asked).toBeLessThan(1_000);
          await wait(200);
        }
        proxy.speakAgain();
        const spoke = Date.now();
        slowest = Math.max(slowest, await ledger.nextAcknowledgement());
        while ((await fetch(`${url}/health/ready`)).status !== 200) await wait(50);
        readyAgain = Math.max(readyAgain, Date.now() - spoke);
      }
      await ledger.stop();
      await ledger.askAgain();
      const sql = openSql(server.url);
      const wrong = await ledger.check(sql).finally(() => sql.close());
      process.stderr.write(
        `${engine} silent 3 times: ${ledger.acknowledged} acknowledged, ${ledger.unknown} unknown, not ready within ${unready} ms, writes again after ${slowest} ms, ready after ${readyAgain} ms, slowest answer ${ledger.slowest} ms, ${JSON.stringify(ledger.statuses)}\n`,
      );
      expect(wrong).toEqual([]);
    });

    it('with room for five connections, and two thousand callers at once', async () => {
      server = await startServer(engine, { more: few[engine] });
      const { url } = await start(server.url);
      const token = await initialAccessToken(url, { uses: 100_000 });
      const begun = Date.now();
      const statuses: Record<string, number> = {};
      const answers = Array.from({ length: 2_000 }, async () => {
        const status = await registerWith(url, token).then(
          (answer) => String(answer.status),
          (error: Error) => `none: ${(error.cause as Error | undefined)?.message ?? error.message}`,
        );
        statuses[status] = (statuses[status] ?? 0) + 1;
      });
      await wait(200);
      expect((await send('GET', `${url}/health/live`)).status).toBe(200);
      await Promise.all(answers);
      const took = Date.now() - begun;
      while ((await registerWith(url, token)).status !== 201) await wait(100);
      // The program has taken all the connections there are.
      const next = Date.now() - begun - took;
      await instance!.end('SIGTERM');
      const sql = openSql(server.url);
      const [row] = await sql.query<{ n: number }>('SELECT COUNT(*) AS n FROM clients').finally(() => sql.close());
      process.stderr.write(
        `${engine} storm: ${JSON.stringify(statuses)} within ${took} ms, the next registered after ${next} ms, ${row!.n} clients\n`,
      );
      expect(Number(row!.n)).toBe((statuses['201'] ?? 0) + 1);
    });
  });
