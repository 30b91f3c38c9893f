import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { type DestinationStream, pino } from 'pino';
import { inOrder } from './in-order.js';
import { requestId } from './request-id.js';
import { logRequests, programLog } from './request-log.js';

describe('the log of requests', () => {
  const lines: string[] = [];
  let server: Server;

  beforeAll(async () => {
    const { pinoHttp } = programLog({ level: 'debug', format: 'json' }, { write: (line) => lines.push(line) });
    const logger = pino(...(pinoHttp as [object, DestinationStream]));
    const observe = inOrder(requestId, logRequests(logger), (incoming, response) => {
      if (incoming.url === '/fault') logger.error(Object.assign(new Error('at ciat_secret'), { parameters: ['x'] }));
      response.statusCode = incoming.url === '/fault' ? 500 : 200;
      response.end();
    });
    server = createServer((incoming, response) => {
      void observe(incoming as Request, response as Response, () => undefined);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });

  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    lines.length = 0;
  });

  const logged = async (path: string) => {
    await new Promise((done) => {
      const headers = { authorization: 'Bearer crat_topsecret', connection: 'close' };
      const { port } = server.address() as AddressInfo;
      request({ host: '127.0.0.1', port, path, headers }, (response) => response.resume().on('close', done)).end();
    });
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('tells method, path, status and duration and nothing else', async () => {
    expect(await logged('/register/abc?access_token=secret')).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        pid: expect.any(Number),
        hostname: expect.any(String),
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        req: { method: 'GET', path: '/register/abc' },
        res: { status: 200 },
        milliseconds: expect.any(Number),
        msg: 'request completed',
      },
    ]);
  });

  it('masks credentials that someone put into a path', async () => {
    expect(await logged('/register/ciat_a-b_c/cadm_x')).toMatchObject([
      { req: { path: '/register/ciat_[masked]/cadm_[masked]' } },
    ]);
  });

  it('keeps probes at debug', async () => {
    expect(await logged('/health/live')).toMatchObject([{ level: 20 }]);
    lines.splice(0);
    expect(await logged('/healthy')).toMatchObject([{ level: 30 }]);
  });

  it('tells of a fault once, without the members of the error', async () => {
    const [fault, completed] = await logged('/fault');
    expect(fault?.['err']).toEqual({ type: 'Error', message: 'at ciat_[masked]', stack: expect.any(String) });
    expect(completed).toMatchObject({ level: 50, res: { status: 500 } });
    expect(completed).not.toHaveProperty('err');
    expect(lines.join()).not.toContain('secret');
  });
});
