import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Registrar } from '../admission/registrar.js';
import { NoCredentialsStrategy } from '../http/no-credentials.js';
import { Templates } from '../templates/templates.service.js';

/** Whoever comes without a token; all of them are one registrar. */
const anonymous: Registrar = {
  record: { type: 'anonymous' },
  actor: { type: 'anonymous' },
  bounds: {},
  verification: 'self_asserted',
};

/** Lets callers without any credentials register where a template is open to them (RFC 7591 section 3). */
@Injectable()
export class AnonymousStrategy extends PassportStrategy(NoCredentialsStrategy, 'anonymous') {
  constructor(private readonly templates: Templates) {
    super();
  }

  async validate(): Promise<Registrar | false> {
    return (await this.templates.admitAnonymous()) && anonymous;
  }
}
