import { Agent, createServer, get, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { refuseOverload } from './refuse-overload.js';

describe('more requests than can be answered', () => {
  let server: Server;
  let port: number;
  let refused: number;
  let waiting: ServerResponse[];
  const agent = new Agent({ keepAlive: true });

  const serve = async (application: RequestListener) => {
    refused = 0;
    server = createServer();
    server.on(
      'request',
      refuseOverload(application, () => refused++),
    );
    await new Promise<void>((listening) => server.listen({ port: 0, host: 'localhost', backlog: 4_096 }, listening));
    port = (server.address() as { port: number }).port;
  };

  beforeEach(() => {
    waiting = [];
    return serve((_request, response) => void waiting.push(response));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (path: string) =>
    new Promise<{ status: number | undefined; headers: object; body: string }>((answered, failed) => {
      get({ host: 'localhost', port, path, agent }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => answered({ status: response.statusCode, headers: response.headers, body }));
      }).on('error', failed);
    });

  /** As many as are let in at a time, all of them in the application. */
  const crowd = async () => {
    const answers = Array.from({ length: 256 }, () => ask('/register'));
    while (waiting.length < 256) await new Promise(setImmediate);
    return answers;
  };

  it('are refused in the one shape of errors, and told when to come again', async () => {
    const answers = await crowd();
    const { status, headers, body } = await ask('/register');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'too many requests at once; send this one again in a moment',
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '2',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(refused).toBe(1);
    for (const response of waiting) response.end('done');
    expect(new Set((await Promise.all(answers)).map((answer) => answer.status))).toEqual(new Set([200]));
  });

  it('keep no probe out', async () => {
    const answers = await crowd();
    const probe = ask('/health/ready?x');
    while (waiting.length < 257) await new Promise(setImmediate);
    for (const response of waiting) response.end('done');
    expect(await probe).toMatchObject({ status: 200, body: 'done' });
    await Promise.all(answers);
  });
});
