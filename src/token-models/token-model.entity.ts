import { Entity, Index } from 'typeorm';
import { Document, ifThereIs, Key, Text, Time, WholeNumber } from '../data-sources/columns.js';

/** One token, code, session or other state of the token service; nothing in it is of use to who reads the table. */
@Entity('token_models')
export class TokenModel {
  /** The digest of the kind and the value that its bearer holds. */
  @Key('id', 64)
  id: string;

  /** What it is, in the words of oidc-provider. */
  @Text('model', 64)
  model: string;

  @Text('client_id', 255, { nullable: true })
  clientId: string | null;

  /** The version of the client that it was issued to. */
  @WholeNumber('client_version', { nullable: true })
  clientVersion: number | null;

  /** What the user agreed to, and what is revoked together. */
  @Index('token_models_grant_id', ifThereIs('grant_id'))
  @Text('grant_id', 64, { nullable: true })
  grantId: string | null;

  /** The name under which tokens know the session of a user; not what the browser holds. */
  @Index('token_models_uid', ifThereIs('uid'))
  @Text('uid', 64, { nullable: true })
  uid: string | null;

  /** The digest of what a user types in from a device (RFC 8628 section 6.1). */
  @Index('token_models_user_code', ifThereIs('user_code'))
  @Text('user_code', 64, { nullable: true })
  userCode: string | null;

  /** Everything else, encrypted, since it holds the value itself. */
  @Document('sealed')
  sealed: string;

  @Index('token_models_expires_at')
  @Time('expires_at')
  expiresAt: number;

  @Time('consumed_at', { nullable: true })
  consumedAt: number | null;
}
