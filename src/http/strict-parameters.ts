import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { Refusal } from '../errors.js';
import { Access } from './access.guard.js';

/** Where @nestjs/swagger keeps what `@ApiQuery` says of a route. */
const documented = 'swagger/apiParameters';

/**
 * Refuses query parameters that the documentation of an administrator's route does not have, and repeated ones: a
 * misspelt filter must not be ignored.
 */
@Injectable()
export class StrictParameters implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rule = this.reflector.getAllAndOverride(Access, [context.getHandler(), context.getClass()]);
    if (typeof rule === 'object' && rule.by === 'administrator') this.judge(context);
    return next.handle();
  }

  private judge(context: ExecutionContext): void {
    const parameters =
      this.reflector.get<{ in: string; name: string }[] | undefined>(documented, context.getHandler()) ?? [];
    const known = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    for (const [name, value] of Object.entries(context.switchToHttp().getRequest<Request>().query)) {
      if (!known.includes(name))
        throw new Refusal('invalid_request', `the parameters of this address are: ${known.join(', ') || 'none'}`);
      if (typeof value !== 'string') throw new Refusal('invalid_request', `the parameter ${name} must be given once`);
    }
  }
}
