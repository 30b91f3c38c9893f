import { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

/** The media type of every JSON answer. */
export const jsonType = 'application/json; charset=utf-8';

/** Keeps an answer out of every cache, those of HTTP/1.0 included (RFC 6749 section 5.1, RFC 9111 section 5.2.2.5). */
export const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

/**
 * Headers of every answer: nothing in it may run, be framed, sniffed or cached, except that the API documentation may
 * load its own scripts and styles. HTTPS is demanded for the future only where the public address is HTTPS
 * (RFC 6797 section 7.2). A route whose answer may be cached sets its own `Cache-Control`.
 */
export function securityHeaders({ https }: { https: boolean }): RequestHandler {
  const always = {
    strictTransportSecurity: https ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  } as const;
  const policy = (directives: Record<string, string[]>) =>
    setBy(helmet({ ...always, contentSecurityPolicy: { useDefaults: false, directives } }));

  const api = new Map([...Object.entries(noStore), ...policy({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] })]);
  const docs = policy({
    defaultSrc: ["'none'"],
    connectSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    frameAncestors: ["'none'"],
  });
  return (request: Request, response: Response, next: NextFunction) => {
    response.setHeaders(/^\/docs(\/|$)/.test(request.path) ? docs : api);
    next();
  };
}

/** What helmet sets is the same for every request, so it is asked once. */
function setBy(middleware: ReturnType<typeof helmet>): Map<string, string> {
  const request = new IncomingMessage(undefined as never);
  const response = new ServerResponse(request);
  middleware(request, response, () => undefined);
  return new Map(response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]));
}
