import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { Access } from './access.guard.js';
import { parameter } from './parameter.js';

/** Where @nestjs/swagger keeps what `@ApiQuery` says of a route. */
const documented = 'swagger/apiParameters';

/** Refuses query parameters that the documentation of an administrator's route does not have, and repeated ones. */
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
    const { query } = context.switchToHttp().getRequest<Request>();
    for (const [name, value] of Object.entries(query)) parameter(name, value, known);
  }
}
