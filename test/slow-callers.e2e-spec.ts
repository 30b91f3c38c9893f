import { createConnection, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { initialAccessToken, register } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
const sockets: Socket[] = [];

beforeAll(async () => {
  program = await startApp();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await program.close();
});

it('callers whose bodies take long keep nobody else out', async () => {
  const token = await initialAccessToken(program.url, { uses: 1_000 });
  const lines = ['Host: a', `Authorization: Bearer ${token}`, 'Content-Type: application/json', 'Content-Length: 100'];
  for (let wave = 0; wave < 4; wave++) {
    for (let caller = 0; caller < 150; caller++) {
      const socket = createConnection({ port: Number(new URL(program.url).port), host: 'localhost' });
      socket.on('error', () => undefined).write(`POST /register HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{`);
      sockets.push(socket);
    }
    await wait(400);
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => register(program.url)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
});
