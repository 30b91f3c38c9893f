import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Access } from './access.guard.js';
import { parameter } from './parameter.js';

/** Where @nestjs/swagger keeps what `@ApiQuery` says of a route. */
const documented = 'swagger/apiParameters';

/**
 * Refuses query parameters that the documentation of an administrator's route does not have, and repeated ones. A guard,
 * since with a single interceptor Nest has every answer of every route go through an observable.
 */
@Injectable()
export class StrictParameters implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<Request>();
    const sent = Object.entries(query);
    if (sent.length > 0 && this.isStrict(context)) {
      const known = this.parametersOf(context);
      for (const [name, value] of sent) parameter(name, value, known);
    }
    return true;
  }

  private isStrict(context: ExecutionContext): boolean {
    const rule = this.reflector.getAllAndOverride(Access, [context.getHandler(), context.getClass()]);
    return typeof rule === 'object' && rule.by === 'administrator';
  }

  private parametersOf(context: ExecutionContext): string[] {
    const parameters =
      this.reflector.get<{ in: string; name: string }[] | undefined>(documented, context.getHandler()) ?? [];
    return parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  }
}
