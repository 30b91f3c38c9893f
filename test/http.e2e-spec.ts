import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, type Server } from 'node:http';
import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Injectable,
  Logger,
  Module,
  Param,
  Post,
  Put,
  Query,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { Refusal } from '../src/errors.js';
import type { Router } from '../src/http/express-router.js';
import { Access, AccessGuard, Caller } from '../src/http/access.guard.js';
import { HeaderBearerStrategy } from '../src/http/bearer.js';
import { corsByPath } from '../src/http/cors.js';
import { ErrorFilter, IS_OUTAGE } from '../src/http/error.filter.js';
import { securityHeaders } from '../src/http/headers.js';
import { HttpServerAdapter, type HttpLimits } from '../src/http/http-server.js';
import { inOrder } from '../src/http/in-order.js';
import { JsonBody } from '../src/http/json-body.js';
import { readPage } from '../src/http/paging.js';
import { currentRequestId, requestId } from '../src/http/request-id.js';
import { logRequests, programLog } from '../src/http/request-log.js';
import { byIndex } from '../src/http/route-index.js';
import type { JsonObject } from '../src/http/strict-json.js';

class Outage extends Error {}

interface Administrator {
  readonly name: string;
  readonly scopes: readonly string[];
}

@Injectable()
class AdministratorStrategy extends PassportStrategy(HeaderBearerStrategy, 'administrator') {
  validate(token: string): Administrator | false {
    if (token === 'gone') throw new Refusal('client_deleted', 'this client was deleted');
    return token === 'good' ? { name: 'ada', scopes: ['clients:read'] } : false;
  }
}

@Injectable()
class ClientStrategy extends PassportStrategy(HeaderBearerStrategy, 'client') {
  constructor() {
    super({ passReqToCallback: true });
  }

  validate(request: Request, token: string): object | false {
    return token === `good-${String(request.params['id'])}` && !request.query['access_token'] && { id: request.ip };
  }
}

@Controller('register')
class RegistrationController {
  static read = 0;

  @Post()
  @Access('anyone')
  register(@JsonBody({ malformed: 'invalid_client_metadata' }) body: JsonObject): JsonObject {
    RegistrationController.read += 1;
    return body;
  }

  @Get(':id')
  @Access({ by: 'administrator' })
  show(@Param('id') id: string): object {
    return { id };
  }

  @Put(':id')
  @Access({ by: 'administrator' })
  replace(@JsonBody({ malformed: 'invalid_request' }) body: JsonObject): JsonObject {
    return body;
  }

  @Delete(':id')
  @Access({ by: 'client' })
  @HttpCode(204)
  remove(): void {}
}

@Controller('admin')
@Access({ by: 'administrator', scope: 'clients:read' })
class AdminController {
  @Get('clients')
  list(@Caller() caller: Administrator, @Query() query: Record<string, unknown>): object {
    return { caller, page: readPage(query) };
  }

  @Post('clients')
  @Access({ by: 'administrator', scope: 'clients:write' })
  create(): void {}

  @Delete('clients')
  @Access({ by: 'administrator', scope: ['clients:read', 'clients:write'] })
  removeAll(): void {}
}

@Controller()
class OddController {
  @Get('undeclared')
  undeclared(): void {}

  @Get('fault')
  @Access('anyone')
  fault(): void {
    throw Object.assign(new Error('SELECT secret FROM table'), { status: 418, expose: true });
  }

  @Get('outage')
  @Access('anyone')
  outage(): void {
    throw new Outage('connect ECONNREFUSED 10.0.0.1:5432');
  }

  @Get('limited')
  @Access('anyone')
  limited(): void {
    throw new Refusal('rate_limited', 'too many registrations', [], { 'retry-after': '7' });
  }

  @Get('large')
  @Access('anyone')
  large(): object {
    return { text: 'x'.repeat(20_000_000) };
  }

  @Get('request-id')
  @Access('anyone')
  async id(): Promise<object> {
    await new Promise((done) => setTimeout(done, 5));
    return { id: currentRequestId() };
  }
}

const log: string[] = [];

@Module({
  imports: [LoggerModule.forRoot(programLog({ level: 'info', format: 'json' }, { write: (line) => log.push(line) }))],
  controllers: [RegistrationController, AdminController, OddController],
  providers: [
    AdministratorStrategy,
    ClientStrategy,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: IS_OUTAGE, useValue: (error: unknown) => error instanceof Outage },
  ],
})
class TestModule {}

describe('HTTP', () => {
  const apps: INestApplication[] = [];
  let port: number;
  let impatientPort: number;
  const faults = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});

  const start = async (limits?: HttpLimits) => {
    const app = await NestFactory.create(TestModule, new HttpServerAdapter(limits), {
      bodyParser: false,
      logger: false,
    });
    app.use(
      inOrder(requestId, logRequests((await app.resolve(PinoLogger<never>)).logger), securityHeaders({ https: false })),
    );
    app.enableCors(corsByPath({ corsOrigins: ['*'], adminCorsOrigins: ['https://desk.example'] }));
    app.use(byIndex(() => (app.getHttpAdapter().getInstance() as { router: Router }).router));
    await app.listen(0, '127.0.0.1');
    apps.push(app);
    return ((app.getHttpServer() as Server).address() as AddressInfo).port;
  };

  beforeAll(async () => {
    port = await start();
    impatientPort = await start({
      headersTimeout: 200,
      requestTimeout: 250,
      connectionsCheckingInterval: 50,
      // Well above the time for a request, so that a busy machine does not cut off whom it should answer.
      standstill: 1_500,
    });
  });

  afterAll(() => Promise.all(apps.map((app) => app.close())));

  interface Answer {
    status: number;
    headers: IncomingHttpHeaders;
    body: unknown;
    text: string;
  }

  const call = (
    method: string,
    path: string,
    { headers = {}, body }: { headers?: OutgoingHttpHeaders | string[]; body?: string | Buffer } = {},
  ) =>
    new Promise<Answer>((resolve, reject) => {
      const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = response.headers['content-type']?.startsWith('application/json') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : undefined,
            text,
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  const post = (body: string | Buffer, headers: OutgoingHttpHeaders = { 'content-type': 'application/json' }) =>
    call('POST', '/register', { headers, body });

  /** Sends bytes as they are, and gives back all bytes until the server closes. */
  const raw = (send: (socket: Socket) => void, to = port) =>
    new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(to, '127.0.0.1', () => send(socket));
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', (error) => (text += `[${error.message}]`));
      socket.on('close', () => resolve(text));
    });

  const statusAndBody = (text: string) => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as unknown, head };
  };

  const refusal = (error: string) => ({ error, error_description: expect.stringMatching(/^[ !#-[\]-~]+$/) });

  describe('an error', () => {
    it.each([
      ['GET', '/nowhere', 404, 'not_found'],
      ['GET', '/nowhere?access_token=x', 404, 'not_found'],
      ['GET', '/REGISTER', 404, 'not_found'],
      ['GET', '//register', 404, 'not_found'],
      ['GET', '/%zz', 404, 'not_found'],
      ['GET', '/undeclared', 403, 'access_denied'],
      ['GET', '/register', 405, 'method_not_allowed'],
      ['TRACE', '/register', 405, 'method_not_allowed'],
      ['POST', '/register', 415, 'unsupported_media_type'],
      ['GET', '/register/abc', 401, 'invalid_token'],
      ['GET', '/fault', 500, 'server_error'],
      ['GET', '/outage', 503, 'temporarily_unavailable'],
      ['GET', '/limited', 429, 'rate_limited'],
    ])('%s %s is %i in the one shape, and never cached (RFC 6749 section 5.2)', async (method, path, status, error) => {
      const answer = await call(method, path);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(refusal(error));
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'x-content-type-options': 'nosniff',
      });
      expect(answer.headers).not.toHaveProperty('x-powered-by');
      expect(answer.headers).not.toHaveProperty('etag');
      expect(answer.headers).not.toHaveProperty('strict-transport-security');
    });

    it('of ours is logged and answered without details', async () => {
      faults.mockClear();
      const { text } = await call('GET', '/fault');
      expect(text).not.toMatch(/SELECT|Error|at /);
      expect(faults).toHaveBeenCalledTimes(1);
      expect(faults).toHaveBeenCalledWith(expect.objectContaining({ message: 'SELECT secret FROM table' }));
    });

    it('for a route that forgot to say who may call it is logged as a bug', async () => {
      faults.mockClear();
      await call('GET', '/undeclared', { headers: { authorization: 'Bearer good' } });
      expect(faults).toHaveBeenCalledWith('OddController.undeclared does not declare its access');
    });

    it('that passes says when to come back (RFC 9110 section 10.2.3)', async () => {
      expect((await call('GET', '/outage')).headers['retry-after']).toBe('2');
      expect((await call('GET', '/limited')).headers['retry-after']).toBe('7');
    });

    it('answers HEAD without a body (RFC 9110 section 9.3.2)', async () => {
      expect(await call('HEAD', '/nowhere')).toMatchObject({ status: 404, text: '' });
      expect(await call('HEAD', '/register/abc')).toMatchObject({ status: 401, text: '' });
      expect(await call('HEAD', '/register')).toMatchObject({ status: 405, text: '' });
    });
  });

  describe('the methods of an address', () => {
    it.each([
      ['GET', '/register', 'OPTIONS, POST'],
      ['PUT', '/register/', 'OPTIONS, POST'],
      ['POST', '/register/abc', 'DELETE, GET, HEAD, OPTIONS, PUT'],
      ['PATCH', '/register/abc', 'DELETE, GET, HEAD, OPTIONS, PUT'],
      ['PUT', '/admin/clients', 'DELETE, GET, HEAD, OPTIONS, POST'],
    ])('are named when %s %s is not one (RFC 9110 section 15.5.6)', async (method, path, allow) => {
      const answer = await call(method, path);
      expect(answer).toMatchObject({ status: 405, headers: { allow } });
    });

    it('are told by OPTIONS, without a token (RFC 9110 section 9.3.7)', async () => {
      const answer = await call('OPTIONS', '/register/abc');
      expect(answer).toMatchObject({ status: 204, text: '', headers: { allow: 'DELETE, GET, HEAD, OPTIONS, PUT' } });
      expect(await call('OPTIONS', '/nowhere')).toMatchObject({ status: 404, body: refusal('not_found') });
    });

    it('cannot be overridden by a header', async () => {
      const headers = { 'x-http-method-override': 'GET', 'x-original-url': '/limited', 'x-rewrite-url': '/limited' };
      expect(await call('POST', '/register/abc', { headers })).toMatchObject({ status: 405 });
    });
  });

  describe('below /register/', () => {
    it.each(['/register/a/b', '/register//', '/register/%zz', '/register/%', '/register/%00/x', '/register/a%2fb'])(
      '%s is 401 and never 404 (RFC 7592 section 2.1)',
      async (path) => {
        const none = await call('GET', path);
        expect(none).toMatchObject({ status: 401, body: refusal('invalid_token') });
        expect(none.headers['www-authenticate']).toBe('Bearer realm="clientele"');

        const wrong = await call('GET', path, { headers: { authorization: 'Bearer wrong' } });
        expect(wrong).toMatchObject({ status: 401, body: refusal('invalid_token') });
        expect(wrong.headers['www-authenticate']).toBe('Bearer realm="clientele", error="invalid_token"');
      },
    );
  });

  describe('a bearer token', () => {
    const challenged = async (headers: OutgoingHttpHeaders | string[]) => {
      const answer = await call('GET', '/register/abc', { headers });
      expect(answer).toMatchObject({ status: 401, body: refusal('invalid_token') });
      return answer.headers['www-authenticate'];
    };

    it.each(['Bearer good', 'bearer good', 'BEARER  good'])(
      'lets in as %j (RFC 9110 section 11.1)',
      async (authorization) => {
        const answer = await call('GET', '/register/abc', { headers: { authorization } });
        expect(answer).toMatchObject({ status: 200, body: { id: 'abc' } });
      },
    );

    it.each(['', 'Basic Z29vZDpnb29k', 'good', 'Bearergood'])(
      'is missing in %j: a challenge without an error (RFC 6750 section 3.1)',
      async (authorization) => {
        expect(await challenged({ authorization })).toBe('Bearer realm="clientele"');
      },
    );

    it.each([
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      'Bearer good good',
      'Bearer good,',
      'Bearer "good"',
      `Bearer ${'a'.repeat(4097)}`,
    ])('is wrong in %j: invalid_token (RFC 6750 section 3.1)', async (authorization) => {
      expect(await challenged({ authorization })).toBe('Bearer realm="clientele", error="invalid_token"');
    });

    it('counts only once (RFC 6750 section 2)', async () => {
      const twice = ['Host', 'x', 'Authorization', 'Bearer good', 'Authorization', 'Bearer good'];
      expect(await challenged(twice)).toBe('Bearer realm="clientele", error="invalid_token"');
    });

    it('is not read from the query or the body (RFC 9700 section 4.3.2)', async () => {
      const body = '{"access_token":"good"}';
      const headers = { 'content-type': 'application/json' };
      expect(await call('GET', '/register/abc?access_token=good')).toMatchObject({ status: 401 });
      expect(await call('PUT', '/register/abc', { headers, body })).toMatchObject({ status: 401 });
    });

    it('beside a token in the query is still the only one read', async () => {
      const headers = { authorization: 'Bearer good' };
      expect(await call('GET', '/register/abc?access_token=x', { headers })).toMatchObject({ status: 200 });
    });

    it('is judged together with the address it is used at (RFC 7592 section 2.1)', async () => {
      const headers = { authorization: 'Bearer good-abc' };
      expect(await call('DELETE', '/register/abc?access_token=x', { headers })).toMatchObject({ status: 204 });
      expect(await call('DELETE', '/register/abd', { headers })).toMatchObject({ status: 401 });
    });

    it('is judged before the body (RFC 6750 section 3)', async () => {
      expect(await call('PUT', '/register/abc', { body: 'x'.repeat(100_000) })).toMatchObject({ status: 401 });
    });

    it('may be refused in other words by whoever knows it', async () => {
      const headers = { authorization: 'Bearer gone' };
      const answer = await call('GET', '/register/abc', { headers });
      expect(answer).toMatchObject({ status: 410, body: refusal('client_deleted') });
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    });

    it('without the scope is 403 and names it (RFC 6750 section 3.1)', async () => {
      const answer = await call('POST', '/admin/clients', { headers: { authorization: 'Bearer good' } });
      expect(answer).toMatchObject({ status: 403, body: refusal('insufficient_scope') });
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="clientele", error="insufficient_scope", scope="clients:write"',
      );
    });

    it('for want of one of several scopes names that one (RFC 6750 section 3.1)', async () => {
      const answer = await call('DELETE', '/admin/clients', { headers: { authorization: 'Bearer good' } });
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="clientele", error="insufficient_scope", scope="clients:write"',
      );
    });

    it('with the scope gives the handler its caller', async () => {
      const answer = await call('GET', '/admin/clients?limit=2', { headers: { authorization: 'Bearer good' } });
      expect(answer.body).toEqual({
        caller: { name: 'ada', scopes: ['clients:read'] },
        page: { limit: 2, filters: {} },
      });
    });
  });

  describe('a body', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

    it('is read as JSON in UTF-8, with or without a charset (RFC 7591 section 3.1)', async () => {
      const body = '{"client_name":"Grüße 😀 שלום"}';
      expect(await post(body)).toMatchObject({ status: 201, body: { client_name: 'Grüße 😀 שלום' } });
      expect(await post(body, { 'content-type': 'Application/JSON;Charset="UTF-8"' })).toMatchObject({ status: 201 });
      expect(await post(deep(8))).toMatchObject({ status: 201 });
    });

    it.each([
      ['empty', ''],
      ['cut off', '{"a":'],
      ['null', 'null'],
      ['an array', '[]'],
      ['a string', '"x"'],
      ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
      ['ambiguous', '{"a":1,"a":2}'],
      ['ambiguous inside', '{"a":[{"b":1,"\\u0062":2}]}'],
      ['nine levels deep', deep(9)],
      ['30,000 levels deep', deep(30_000)],
      ['reaching for a prototype', '{"__proto__":{"admin":true}}'],
    ])('that is %s is 400 without text of the parser (RFC 7591 section 3.2.2)', async (_what, body) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: refusal('invalid_client_metadata') });
      expect(answer.text).not.toMatch(/token|position|JSON at/i);
    });

    it('that is malformed has the code that the route chose', async () => {
      const headers = { authorization: 'Bearer good', 'content-type': 'application/json' };
      const answer = await call('PUT', '/register/abc', { headers, body: '{' });
      expect(answer).toMatchObject({ status: 400, body: refusal('invalid_request') });
    });

    it.each([
      [{}],
      [{ 'content-type': 'application/x-www-form-urlencoded' }],
      [{ 'content-type': 'application/json; charset=utf-16' }],
      [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ])('with %j is 415, also when it is too large (RFC 9110 section 15.5.16)', async (headers) => {
      expect(await post('{}', headers)).toMatchObject({ status: 415, body: refusal('unsupported_media_type') });
      expect(await post('x'.repeat(70_000), headers)).toMatchObject({ status: 415 });
    });

    it('may be 65536 bytes and not one more (RFC 9110 section 15.5.14)', async () => {
      const filled = (size: number) => `{"a":"${'x'.repeat(size - 8)}"}`;
      expect(await post(filled(65_536))).toMatchObject({ status: 201 });
      const answer = await post(filled(65_537));
      expect(answer).toMatchObject({ status: 413, body: refusal('payload_too_large') });
      expect(answer.text).toContain('65536');
    });

    it.each([1, 8])(
      'of %i MB gets its answer instead of a reset connection (RFC 9112 section 9.6)',
      async (megabytes) => {
        const body = Buffer.alloc(megabytes * 1024 * 1024, 'x');
        expect(await post(body)).toMatchObject({ status: 413, body: refusal('payload_too_large') });
        const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
        expect(await post(body, chunked)).toMatchObject({ status: 413, body: refusal('payload_too_large') });
      },
    );

    it('leaves the connection usable after a refusal (RFC 9112 section 9.3)', async () => {
      const chunk = `${(1024 * 1024).toString(16)}\r\n${'x'.repeat(1024 * 1024)}\r\n`;
      const answer = await raw((socket) => {
        socket.write('POST /register HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
        socket.write(`${chunk}0\r\n\r\nGET /request-id HTTP/1.1\r\nConnection: close\r\n\r\n`);
      });
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    });

    it('without end is cut off after a while (RFC 9110 section 15.5.14)', async () => {
      const megabyte = Buffer.alloc(1024 * 1024, 'x');
      let sent = 0;
      const answer = await raw((socket) => {
        socket.write(
          'POST /register HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n',
        );
        const more = (error?: Error | null) => {
          if (error || sent === 200) return;
          sent += 1;
          socket.write(megabyte, more);
        };
        more();
      });
      expect(answer).toMatch(/^HTTP\/1\.1 413/);
      expect(sent).toBeLessThan(60);
    });

    it('of a caller that hangs up is no fault', async () => {
      faults.mockClear();
      const before = RegistrationController.read;
      await raw((socket) => {
        socket.write('POST /register HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
        setTimeout(() => socket.destroy(), 30);
      });
      await new Promise((done) => setTimeout(done, 50));
      expect(faults).not.toHaveBeenCalled();
      expect(RegistrationController.read).toBe(before);
      expect(await post('{}')).toMatchObject({ status: 201 });
    });
  });

  describe('what Node refuses by itself', () => {
    const answered = async (send: (socket: Socket) => void, to = port) => {
      const { head, ...answer } = statusAndBody(await raw(send, to));
      expect(head).toMatch(/Content-Type: application\/json; charset=utf-8\r\n/);
      expect(head).toMatch(/Cache-Control: no-store\r\nPragma: no-cache\r\nConnection: close$/);
      return answer;
    };

    it('is 408 for headers that do not end (RFC 9110 section 15.5.9)', async () => {
      const answer = await answered((socket) => socket.write('GET /request-id HTTP/1.1\r\nX-Slow: '), impatientPort);
      expect(answer).toEqual({ status: 408, body: refusal('request_timeout') });
    });

    it('is 408 for a body that does not end (RFC 9110 section 15.5.9)', async () => {
      const answer = await answered(
        (socket) =>
          socket.write('POST /register HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{'),
        impatientPort,
      );
      expect(answer).toEqual({ status: 408, body: refusal('request_timeout') });
    });

    it('is cut off when nobody reads the answer', async () => {
      const server = apps[1]!.getHttpServer() as Server;
      const connections = () => promisify(server.getConnections.bind(server))();
      const socket = connect(impatientPort, '127.0.0.1', () => socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n'));
      socket.pause().on('error', () => undefined);
      await wait(150);
      expect(await connections()).toBe(1);
      await wait(4_000);
      expect(await connections()).toBe(0);
      socket.destroy();
    });

    it.each([20_000, 400_000])('is 431 for %i bytes of headers (RFC 6585 section 5)', async (size) => {
      const answer = await answered((socket) =>
        socket.write(`GET /request-id HTTP/1.1\r\nX-Large: ${'x'.repeat(size)}\r\n\r\n`),
      );
      expect(answer).toEqual({ status: 431, body: refusal('headers_too_large') });
    });

    it('is 413 for chunk extensions without end (RFC 9112 section 7.1.1)', async () => {
      const answer = await answered((socket) => {
        socket.write('POST /register HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
        socket.write(`2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`);
      });
      expect(answer).toEqual({ status: 413, body: refusal('payload_too_large') });
    });

    it.each([
      'NONSENSE\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET / HTTP/1.1\r\nBad Header: x\r\n\r\n',
      'POST /register HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /register HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ])('is 400 for %j (RFC 9112 section 2.2)', async (bytes) => {
      expect(await answered((socket) => socket.write(bytes))).toEqual({
        status: 400,
        body: refusal('invalid_request'),
      });
    });

    it('follows a whole answer on the same connection', async () => {
      const text = await raw((socket) => {
        socket.write('GET /nowhere HTTP/1.1\r\n\r\n');
        setTimeout(() => socket.write('NONSENSE\r\n\r\n'), 50);
      });
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 400']);
    });

    it('is never taken for the answer of an earlier request', async () => {
      const text = await raw((socket) => socket.write('GET /request-id HTTP/1.1\r\n\r\nNONSENSE\r\n\r\n'));
      expect(text).not.toMatch(/HTTP\/1\.1 400/);
    });

    it('does not include a missing Host or an unknown expectation', async () => {
      const text = await raw((socket) =>
        socket.write('GET /request-id HTTP/1.1\r\nExpect: wonders\r\nConnection: close\r\n\r\n'),
      );
      expect(text).toMatch(/^HTTP\/1\.1 200/);
    });
  });

  describe('a browser', () => {
    const preflight = async (path: string, origin = 'https://app.example') => {
      const headers = { origin, 'access-control-request-method': 'POST' };
      return (await call('OPTIONS', path, { headers })).headers;
    };

    it('may register and manage from anywhere (Fetch standard)', async () => {
      expect(await preflight('/register')).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers':
          'Authorization,Content-Type,If-Match,If-None-Match,Idempotency-Key,MCP-Protocol-Version',
        'access-control-max-age': '600',
      });
      expect(await preflight('/register/abc')).toMatchObject({ 'access-control-allow-methods': 'GET,PUT,DELETE' });
      expect(await preflight('/register')).not.toHaveProperty('access-control-allow-credentials');
    });

    it.each(['/register', '/register/abc', '/register/%zz', '/.well-known/nothing'])(
      'may read the error of %s (Fetch standard)',
      async (path) => {
        const { headers } = await call('GET', path, { headers: { origin: 'https://app.example' } });
        expect(headers).toMatchObject({
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'ETag,Location,Link,WWW-Authenticate,Retry-After,X-Request-Id',
        });
      },
    );

    it('may administer only from the listed origins', async () => {
      const desk = await preflight('/admin/clients', 'https://desk.example');
      expect(desk['access-control-allow-origin']).toBe('https://desk.example');
      expect(desk['vary']).toBe('Origin');
      expect(await preflight('/admin/clients')).not.toHaveProperty('access-control-allow-origin');
      expect(await preflight('/limited')).not.toHaveProperty('access-control-allow-origin');
    });

    it('may run nothing from an answer (Content Security Policy)', async () => {
      const policy = async (path: string) => (await call('GET', path)).headers['content-security-policy'];
      expect(await policy('/request-id')).toBe("default-src 'none';frame-ancestors 'none'");
      expect(await policy('/docs/')).toContain(
        "script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:",
      );
      expect(await policy('/docsx')).toBe("default-src 'none';frame-ancestors 'none'");
    });
  });

  describe('a request id', () => {
    it('is the one that the caller sent, if it is harmless', async () => {
      const answer = await call('GET', '/request-id', { headers: { 'x-request-id': 'abc.1_2-3' } });
      expect(answer).toMatchObject({ headers: { 'x-request-id': 'abc.1_2-3' }, body: { id: 'abc.1_2-3' } });
    });

    it.each(['', 'a b', 'x'.repeat(65), '<script>'])('is a new one instead of %j', async (sent) => {
      const answer = await call('GET', '/request-id', { headers: { 'x-request-id': sent } });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(answer.body).toEqual({ id: answer.headers['x-request-id'] });
    });

    it('joins the answer and its line in the log, also for a path that cannot be decoded', async () => {
      log.length = 0;
      const { headers } = await call('GET', '/%zz?access_token=secret', { headers: { 'x-request-id': 'odd' } });
      expect(headers['x-request-id']).toBe('odd');
      const lines = log.map((line) => JSON.parse(line) as object);
      expect(lines).toMatchObject([
        { level: 30, requestId: 'odd', req: { method: 'GET', path: '/%zz' }, res: { status: 404 } },
      ]);
    });
  });
});
