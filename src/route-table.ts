import { type INestApplication, RequestMethod } from '@nestjs/common';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { Access, type AccessRule, scopesOf } from './http/access.guard.js';

/** One method of one address, and who may call it; without a rule nobody may. */
export interface Route {
  readonly method: string;
  /** With its parameters in braces, as the API documentation writes it. */
  readonly path: string;
  readonly rule?: AccessRule;
}

/** Every route of the program's controllers, read from what the router reads, ordered by address. */
export function routesOf(app: INestApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  const types = new Set(controllers.map(({ metatype }) => metatype as new () => object));
  return [...types].flatMap(routesIn).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function routesIn(controller: new () => object): Route[] {
  const reflector = new Reflector();
  return new MetadataScanner().getAllMethodNames(controller.prototype as object).flatMap((name) => {
    const handler = (controller.prototype as Record<string, () => unknown>)[name]!;
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const rule = reflector.getAllAndOverride(Access, [handler, controller]) as AccessRule | undefined;
    return pathsOf(controller).flatMap((base) =>
      pathsOf(handler).map((below) => ({ method: RequestMethod[method], path: joined(base, below), rule })),
    );
  });
}

const pathsOf = (target: object): string[] => [(Reflect.getMetadata('path', target) as string | string[]) ?? ''].flat();

const joined = (...parts: string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`.replace(/:(\w+)/g, '{$1}');

const keyOf = ({ path, method }: Route): string => `${path} ${method}`;

const [begin, end] = ['<!-- written by npm run openapi -->', '<!-- end -->'];

/** The document with the table of the scopes between its two marks, as the routes have them. */
export function withScopeTable(document: string, routes: readonly Route[]): string {
  const rows = routes
    .filter(({ path }) => /^\/(admin|lookup)\//.test(path))
    .map(({ method, path, rule }) => `| \`${method}\` | \`${path}\` | ${shown(rule)} |`);
  const table = ['| Method | Address | Scope |', '| --- | --- | --- |', ...rows].join('\n');
  const [before, rest = ''] = document.split(begin);
  return `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ''}`;
}

const shown = (rule: AccessRule = 'anyone'): string =>
  scopesOf(rule)
    .map((scope) => `\`${scope}\``)
    .join(' and ');
