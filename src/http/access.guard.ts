import { createParamDecorator, Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Refusal } from '../errors.js';
import { challenge, invalidToken } from './bearer.js';
import { identify } from './identify.js';

/**
 * Who may call a route: anyone, or whom the named passport strategy knows, with every scope that is asked for. Of several
 * strategies the first one that knows the caller decides.
 */
export type AccessRule =
  'anyone' | { readonly by: string | readonly string[]; readonly scope?: string | readonly string[] };

/** Declares who may call a route or a controller; a route without it is closed. */
export const Access = Reflector.createDecorator<AccessRule>();

/** The caller as its strategy knows it. */
export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Request>().user,
);

/** Lets in whom a route declares and nobody else (RFC 6750 section 3.1); the one guard of every route. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly logger = new Logger(AccessGuard.name);
  private readonly rules = new WeakMap<object, AccessRule>();

  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.ruleOf(context);
    if (rule === undefined) {
      this.logger.error(`${context.getClass().name}.${context.getHandler().name} does not declare its access`);
      throw new Refusal('access_denied', 'nobody may call this address');
    }
    if (rule === 'anyone') return true;
    const request = context.switchToHttp().getRequest<Request>();
    // The challenges of the strategies are dropped: ours say the same for each.
    request.user = await identify([rule.by].flat(), request);
    if (!request.user) throw invalidToken(request);
    for (const scope of scopesOf(rule)) demandScope(request.user, scope);
    return true;
  }

  private ruleOf(context: ExecutionContext): AccessRule | undefined {
    const handler = context.getHandler();
    const known = this.rules.get(handler);
    if (known) return known;
    const rule = this.reflector.getAllAndOverride(Access, [handler, context.getClass()]);
    if (rule) this.rules.set(handler, rule);
    return rule;
  }
}

/** The scopes that a rule asks for. */
export const scopesOf = (rule: AccessRule): readonly string[] => (rule === 'anyone' ? [] : [rule.scope ?? []].flat());

interface Scoped {
  readonly scopes?: readonly string[];
}

/** Throws `insufficient_scope` when the token of a caller lacks a scope (RFC 6750 section 3.1). */
export function demandScope(caller: object | undefined, scope: string): void {
  const { scopes = [] } = (caller ?? {}) as Scoped;
  if (!scopes.includes(scope)) throw insufficientScope(scope);
}

/** Throws `insufficient_scope` when a caller would give scopes away that its own token lacks. */
export function demandGivable(caller: object | undefined, wanted: readonly string[]): void {
  const { scopes = [] } = (caller ?? {}) as Scoped;
  const missing = wanted.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) throw lacking(missing, `the token lacks ${missing.join(' ')}, and so cannot give it away`);
}

/** The refusal of a good token that lacks a scope; `caller` is who came with it, where the request does not know them yet. */
export const insufficientScope = (scope: string, caller?: object): Refusal =>
  lacking([scope], `the token lacks the scope ${scope}`, caller);

function lacking(missing: readonly string[], description: string, caller?: object): Refusal {
  const headers = { 'WWW-Authenticate': challenge({ error: 'insufficient_scope', scope: missing.join(' ') }) };
  return new Refusal('insufficient_scope', description, [], headers, caller);
}
