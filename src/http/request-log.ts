import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Params } from 'nestjs-pino';
import {
  destination,
  type DestinationStream,
  type Level,
  type LevelWithSilent,
  type Logger,
  stdSerializers,
} from 'pino';
import { PinoPretty as pretty } from 'pino-pretty';
import { isOperation } from './operations.js';
import { currentRequestId } from './request-id.js';

export interface LogOptions {
  readonly level: LevelWithSilent;
  readonly format: 'json' | 'pretty';
}

/** How the program logs, for `LoggerModule.forRoot`. Credentials of ours are masked wherever they turn up. */
export function programLog({ level, format }: LogOptions, stream?: DestinationStream): Params {
  const options = {
    level,
    // What is logged of a request is made here, and not of the request itself.
    wrapSerializers: false,
    serializers: { err: loggedError },
    mixin: () => ({ requestId: currentRequestId() }),
    // Over the whole line, since pino repeats an error's message outside of what the serializer returns.
    hooks: { streamWrite: maskTokens },
  };
  const sink = stream ?? (format === 'pretty' ? pretty({ sync: true, singleLine: true }) : destination({ sync: true }));
  // Its own middleware makes two loggers for each request, and keeps one where `currentRequestId` has the id already.
  return { pinoHttp: [options, sink], forRoutes: [] };
}

/**
 * Logs each request once, when it is answered or its caller has gone: one line of listed facts only. Headers, bodies and
 * queries never get into a log.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const began = Date.now();
    // Without somebody who hears of it, a write after the end would end the program.
    response.on('error', (error) => logger.error(error));
    response.once('close', () => {
      const path = pathOf(request);
      const level = levelOf(response.statusCode, path);
      if (!logger.isLevelEnabled(level)) return;
      logger[level](
        {
          requestId: request.id,
          req: { method: request.method, path },
          res: { status: response.statusCode },
          milliseconds: Date.now() - began,
        },
        outcomeOf(response),
      );
    });
    next();
  };
}

const levelOf = (status: number, path: string): Level =>
  status >= 500 ? 'error' : isOperation(path) ? 'debug' : 'info';

const outcomeOf = ({ statusCode, writableFinished }: { statusCode: number; writableFinished: boolean }): string =>
  statusCode >= 500 ? 'request errored' : writableFinished ? 'request completed' : 'request aborted';

/** The text without the secret part of any credential of ours. */
export const maskTokens = (text: string): string => text.replace(/(ciat|crat|cadm)_[A-Za-z0-9_-]+/g, '$1_[masked]');

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every credential has 32 characters or more; what an address of ours has of that length are the ids of clients. */
const withoutCredentials = (path: string) =>
  path.replace(/[^/]{32,}/g, (part) => (uuid.test(part) ? part : '[masked]'));

function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return withoutCredentials((request.originalUrl ?? request.url ?? '').replace(/[?#].*$/s, ''));
}

/** Errors of drivers carry the statement's parameters as members: only what a stack says is taken. */
function loggedError(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack };
}
