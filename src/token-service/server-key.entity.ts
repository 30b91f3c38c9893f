import { Entity } from 'typeorm';
import { Document, Key, Time } from '../data-sources/columns.js';

/** A key of the token service itself. A row never changes what it says; the next generation is another row. */
@Entity('server_keys')
export class ServerKey {
  /** What it is for and its generation, such as `sign-rsa.1`: of two instances that make one, one succeeds. */
  @Key('id', 64)
  id: string;

  /** The private key as a JWK, encrypted. */
  @Document('sealed')
  sealed: string;

  /** From when on it is used; published before, so that nobody meets it unprepared. */
  @Time('used_from')
  usedFrom: number;
}
