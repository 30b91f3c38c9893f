import { Entity, Index } from 'typeorm';
import { Document, Key, Text, Time, WholeNumber } from '../data-sources/columns.js';
import type { Trust } from './trust.js';

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
