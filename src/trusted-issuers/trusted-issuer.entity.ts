import { Entity, Index } from 'typeorm';
import { Document, Key, Text, Time, WholeNumber } from '../data-sources/columns.js';
import type { IssuerAlgorithm, IssuerUse } from './dto/trusted-issuer.dto.js';

/** What an issuer is trusted with, as it is stored: everything that is decided, defaults included. */
export interface Trust {
  readonly uses: readonly IssuerUse[];
  readonly algorithms: readonly IssuerAlgorithm[];
  readonly audience: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly jwks_uri?: string;
  readonly template?: string;
  /** Seconds for which a statement without `exp` is taken after its `iat`. */
  readonly max_age?: number;
  readonly label?: string;
}

/** Somebody else whose signature counts here. */
@Entity('trusted_issuers')
@Index('trusted_issuers_issuer', ['issuer'], { unique: true })
export class TrustedIssuer {
  @Key('id', 36)
  id: string;

  /** The `iss` of what it signs. */
  @Text('issuer', 255)
  issuer: string;

  @Document('trust')
  trust: Trust;

  @WholeNumber('version')
  version: number;

  @Time('created_at')
  createdAt: number;

  @Time('updated_at')
  updatedAt: number;
}
