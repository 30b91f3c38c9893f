import type { Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { drainServer } from './drain-server.js';
import { boundedServer } from './http-server.js';

describe('a server that is drained', () => {
  let server: Server;
  let taken: number;
  let answered: number;

  beforeEach(async () => {
    taken = answered = 0;
    server = boundedServer((_request, response) => {
      taken++;
      setTimeout(() => response.end(`answer ${++answered}`), 5);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends a whole request on a connection of its own; answers what came back, nothing if nobody listened. */
  function call(connection: 'close' | 'keep-alive'): Promise<string | undefined> {
    return new Promise((resolve) => {
      const { port } = (server.address() as AddressInfo | null) ?? { port: 0 };
      if (port === 0) return resolve(undefined);
      let [text, isConnected] = ['', false];
      const socket = createConnection({ port, host: '127.0.0.1' }, () => {
        isConnected = true;
        socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`);
      });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined).on('close', () => resolve(isConnected ? text : undefined));
    });
  }

  it('answers everyone who was connected, taken or not, and ends their connections', async () => {
    // Fewer than a crowd of which some may be refused (see overload.ts).
    const calls = Array.from({ length: 200 }, () => call('keep-alive'));
    // Some were taken by now, of which a few may have been answered, and the others wait for the port.
    await wait(10);
    const before = taken;
    await drainServer(server);
    const answers = await Promise.all(calls);
    expect(answers.filter((text) => !text?.startsWith('HTTP/1.1 200 OK\r\n'))).toEqual([]);
    expect(before).toBeLessThan(200);
    expect(answers.filter((text) => text?.includes('\r\nConnection: close\r\n')).length).toBeGreaterThanOrEqual(
      200 - before,
    );
    expect(answered).toBe(200);
  });

  it('answers callers who come again as soon as they are answered, until nobody listens', async () => {
    const answers: string[] = [];
    const callers = Array.from({ length: 40 }, async () => {
      for (let text = await call('close'); text !== undefined; text = await call('close')) answers.push(text);
    });
    // Some have come again by now.
    while (answers.length <= 40) await wait(5);
    await drainServer(server);
    await Promise.all(callers);
    expect(answers.filter((text) => !text.startsWith('HTTP/1.1 200 OK'))).toEqual([]);
  });

  it('is closed also when callers never stop to come', async () => {
    let isOver = false;
    const calls: Promise<unknown>[] = [];
    const coming = (async () => {
      for (; !isOver; await wait(2)) calls.push(call('close'));
    })();
    await wait(20);
    const begun = Date.now();
    await drainServer(server);
    expect(Date.now() - begun).toBeLessThan(5_000);
    isOver = true;
    await coming;
    await Promise.all(calls);
  });
});
