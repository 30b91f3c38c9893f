import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderBearerStrategy } from '../http/bearer.js';
import { type Administrator, Administrators } from './administrators.service.js';

/** Lets an administrator in by a bearer token (RFC 6750). */
@Injectable()
export class AdministratorStrategy extends PassportStrategy(HeaderBearerStrategy, 'administrator') {
  constructor(private readonly administrators: Administrators) {
    super();
  }

  async validate(token: string): Promise<Administrator | false> {
    return (await this.administrators.findByToken(token)) ?? false;
  }
}
