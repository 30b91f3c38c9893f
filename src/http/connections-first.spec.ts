import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { connectionsFirst } from './connections-first.js';

describe('requests', () => {
  let server: EventEmitter;
  let served: number[];
  let send: (number: number) => void;

  beforeEach(() => {
    server = new EventEmitter();
    served = [];
    const listener = connectionsFirst(server as Server, (request) => void served.push(Number(request.url)));
    send = (number) => listener({ url: String(number) } as IncomingMessage, {} as ServerResponse);
  });

  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await nextTurn();
  };

  it('are served at once where nobody connects', () => {
    send(1);
    expect(served).toEqual([1]);
  });

  it('wait while somebody connects in each turn, and are served in their order', async () => {
    for (let connection = 1; connection <= 20; connection++) {
      server.emit('connection');
      send(connection);
      await turns(1);
      expect(served).toEqual([]);
    }
    await turns(3);
    expect(served).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    send(21);
    expect(served).toHaveLength(21);
  });

  it('wait no longer than a moment, whoever connects', async () => {
    const began = performance.now();
    server.emit('connection');
    send(1);
    while (served.length === 0) {
      server.emit('connection');
      await turns(1);
    }
    expect(performance.now() - began).toBeGreaterThan(150);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
