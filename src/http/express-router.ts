import type { NextFunction, Request, Response } from 'express';

/** As much of Express 5's router as is read here. */
export interface Router {
  readonly stack: readonly Layer[];
}

/** What a router tries in turn: a middleware, or the handlers of one path. */
export interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): { readonly params: Request['params'] } | false;
  handleRequest(request: Request, response: Response, next: NextFunction): void;
}
