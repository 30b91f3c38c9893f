import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { unusableToken } from '../http/bearer.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import type { TokenBearer } from '../initial-access-tokens/initial-access-tokens.service.js';
import { IdempotencyKeys } from './idempotency-keys.js';

/** Lets in a token without uses left only to be told again what was registered with one of them. */
@Injectable()
export class SpentTokenGuard implements CanActivate {
  constructor(private readonly keys: IdempotencyKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const registrar = request.user as TokenBearer;
    if (!registrar.isSpent) return true;
    const found = idempotencyKey(request);
    if (found.kind === 'key' && (await this.keys.knows({ registrar, key: found.key }))) return true;
    throw unusableToken();
  }
}
