import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import { destination, stdSerializers, type DestinationStream, type LevelWithSilent } from 'pino';
import type { Options } from 'pino-http';
import { PinoPretty as pretty } from 'pino-pretty';
import { v7 as uuidv7 } from 'uuid';
import { isOperation } from './operations.js';

export interface LogOptions {
  readonly level: LevelWithSilent;
  readonly format: 'json' | 'pretty';
}

/**
 * What is logged, for `LoggerModule.forRoot`: one line for each request, of listed facts only. Headers, bodies and
 * queries never get into a log, and credentials of ours are masked wherever they turn up.
 */
export function requestLogging({ level, format }: LogOptions, stream?: DestinationStream): Params {
  const options: Options<IncomingMessage, ServerResponse> = {
    level,
    // `requestId` comes first and covers also what the router never sees; this is for a server without it.
    genReqId: (request) => request.id ?? uuidv7(),
    quietReqLogger: true,
    wrapSerializers: false,
    serializers: { req: loggedRequest, res: loggedResponse, err: loggedError },
    customAttributeKeys: { reqId: 'requestId', responseTime: 'milliseconds' },
    customLogLevel: (request, response, error) =>
      error || response.statusCode >= 500 ? 'error' : isOperation(pathOf(request)) ? 'debug' : 'info',
    // Over the whole line, since pino repeats an error's message outside of what the serializer returns.
    hooks: { streamWrite: maskTokens },
    // The error itself is logged where it is caught.
    customErrorObject: (_request, _response, _error, { err: _err, ...facts }: Record<string, unknown>) => facts,
  };
  const sink = stream ?? (format === 'pretty' ? pretty({ sync: true, singleLine: true }) : destination({ sync: true }));
  // `/` is mounted for every request; Nest's wildcards would miss a path that cannot be decoded.
  return { pinoHttp: [options, sink], forRoutes: ['/'] };
}

/** The text without the secret part of any credential of ours. */
export const maskTokens = (text: string): string => text.replace(/(ciat|crat|cadm)_[A-Za-z0-9_-]+/g, '$1_[masked]');

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every credential has 32 characters or more; what an address of ours has of that length are the ids of clients. */
const withoutCredentials = (path: string) =>
  path.replace(/[^/]{32,}/g, (part) => (uuid.test(part) ? part : '[masked]'));

function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return withoutCredentials((request.originalUrl ?? request.url ?? '').replace(/[?#].*$/s, ''));
}

const loggedRequest = (request: IncomingMessage) => ({ method: request.method, path: pathOf(request) });

const loggedResponse = (response: ServerResponse) => ({ status: response.statusCode });

/** Errors of drivers carry the statement's parameters as members: only what a stack says is taken. */
function loggedError(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack };
}
