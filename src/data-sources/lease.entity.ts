import { Entity } from 'typeorm';
import { Key, Text, Time } from './columns.js';

/** Who does a work that only one instance at a time does. */
@Entity('leases')
export class Lease {
  @Key('name', 64)
  name: string;

  /** The instance that has it; empty when nobody has. */
  @Text('holder', 36)
  holder: string;

  @Time('expires_at')
  expiresAt: number;
}
