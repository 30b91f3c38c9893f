import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { initialAccessToken, send, webClient } from '../support/http.js';
import { type Instance, startInstances } from '../support/instance.js';
import { adminToken } from '../support/test-app.js';

/** How many of these are open at the end of the program. */
function held(port: number): number {
  const hex = (number = 0) => `:${number.toString(16).toUpperCase().padStart(4, '0')}`;
  const ours = new Set(sockets.map(({ localPort }) => hex(localPort)));
  const lines = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const isOurs = ([, local = '', remote = '', state]: string[]) =>
    state === '01' && local.endsWith(hex(port)) && ours.has(remote.slice(-5));
  return lines.filter(isOurs).length;
}

let instance: Instance | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await instance?.remove();
});

it('two thousand callers that read no answer are cut off, while others register', async () => {
  [instance] = await startInstances([{}]);
  const { url, port } = instance!;
  const token = await initialAccessToken(url, { uses: 100_000 });
  const register = (json: object) => send('POST', `${url}/register`, { token, json });
  // A page of these is as large as an answer gets: larger than what the system keeps for a reader.
  const contacts = Array.from({ length: 100 }, (_, n) => `${'a'.repeat(50)}${n}@example.com`);
  for (let n = 0; n < 100; n++) expect((await register({ ...webClient, contacts })).status).toBe(201);
  const page = await send('GET', `${url}/admin/clients?limit=100`, { token: adminToken });
  expect(page.status).toBe(200);

  const begun = Date.now();
  let [most, late, gone] = [0, 0, 0];
  for (let n = 0; n < 2_000; n++) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.pause();
    socket.on('error', () => undefined);
    socket.write(`GET /admin/clients?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${adminToken}\r\n\r\n`);
    sockets.push(socket);
    if (n % 100 === 99) await wait(50);
  }
  const took: number[] = [];
  const statuses: Record<string, number> = {};
  const asked: Promise<unknown>[] = [];
  while (Date.now() - begun < 75_000) {
    const at = Date.now();
    asked.push(
      register(webClient)
        .then(
          ({ status }) => String(status),
          () => 'none',
        )
        .then((status) => {
          took.push(Date.now() - at);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }),
    );
    const now = held(port);
    most = Math.max(most, now);
    if (now > 0) gone = Date.now() - begun;
    // Those that were refused have nothing left to read, and are idle.
    if (Date.now() - begun > 20_000) late = Math.max(late, now);
    await wait(50);
  }
  await Promise.all(asked);
  const sorted = took.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.floor(part * sorted.length)];
  process.stderr.write(
    `unread answers of ${page.text.length} bytes: ${JSON.stringify(statuses)}, half within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, slowest ${sorted.at(-1)} ms; ${most} held at most, ${late} after 20 s, none after ${gone} ms, memory ${Math.round(instance!.memory / 2 ** 20)} MB\n`,
  );
  expect(held(port)).toBe(0);
}, 300_000);
