import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Registrar } from '../admission/registrar.js';
import { unusableToken } from '../http/bearer.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { IdempotencyKeys } from '../dynamic-clients/idempotency-keys.js';

/** Lets in who has no uses left only to be told again what was registered with one of them. */
@Injectable()
export class SpentTokenGuard implements CanActivate {
  constructor(private readonly keys: IdempotencyKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const registrar = request.user as Registrar;
    if (!registrar.right?.isSpent) return true;
    const found = idempotencyKey(request);
    if (found.kind === 'key' && (await this.keys.knows({ registrar, key: found.key }))) return true;
    throw unusableToken();
  }
}
