import { Entity } from 'typeorm';
import { Key, WholeNumber } from '../data-sources/columns.js';

/**
 * How many clients may still be registered before they have to be counted again: under a template, and for one registrar
 * or for all of them. Deletions do not change it, since what they give back is found by the next count.
 */
@Entity('registration_rooms')
export class RegistrationRoom {
  @Key('template_id', 64)
  templateId: string;

  /** A digest of who registers; empty for all registrars together. */
  @Key('registrar', 64)
  registrar: string;

  /** The version of the template and so the limit that it was counted for. */
  @WholeNumber('version')
  version: number;

  @WholeNumber('room')
  room: number;
}
