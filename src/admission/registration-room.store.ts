import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { countRegistered } from '../clients/client-census.js';
import type { RegistrarRecord } from '../clients/client.entity.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { carryOut, change, changing, selectWhere, type Step } from '../data-sources/statements.js';
import { RegistrationRoom } from './registration-room.entity.js';

/** A number of clients that there may be at a time: under a version of a template, of one registrar or of all. */
export interface RoomLimit {
  readonly templateId: string;
  readonly version: number;
  readonly most: number;
  /** A digest of the registrar; empty for all registrars together. */
  readonly key: string;
  readonly registrar?: RegistrarRecord;
}

const taking =
  'UPDATE registration_rooms SET room = room - 1 WHERE template_id = ? AND registrar = ? AND version = ? AND room > 0';
const setting = 'UPDATE registration_rooms SET version = ?, room = ? WHERE template_id = ? AND registrar = ?';

/**
 * Holds clients to a number exactly, over all instances. Clients are counted only when nothing is known to be left, so
 * that whatever deletes a client gives its room back and need not know of any number here.
 */
@Injectable()
export class RegistrationRoomStore {
  constructor(private readonly dataSources: DataSources) {}

  /** Whether there is room for one more client just now. */
  has(limit: RoomLimit): Promise<boolean> {
    const { templateId, version, key, most } = limit;
    return this.dataSources.read('dynamic', async (reader) => {
      const condition = 'template_id = ? AND registrar = ? AND version = ? AND room > 0';
      const known = await selectWhere(reader, RegistrationRoom, condition, [templateId, key, version]);
      return known.length > 0 || (await countRegistered(limit, reader)) < most;
    });
  }

  /** The step that takes known room; where it meets no row, there may be some nevertheless. */
  taking({ templateId, version, key }: RoomLimit): Step {
    return changing(taking, [templateId, key, version]);
  }

  /**
   * Takes the room of a client that is stored in the transaction; false when there was none. One conditional update in
   * most cases, and its row is the one that other registrations under the template wait for.
   */
  async take(limit: RoomLimit, transaction: EntityManager): Promise<boolean> {
    const { templateId, version, key, most } = limit;
    if ((await carryOut(this.taking(limit), transaction)) === 1) return true;
    const none = { templateId, registrar: key, version, room: 0 };
    await transaction.createQueryBuilder().insert().into(RegistrationRoom).values(none).orIgnore().execute();
    // From here on alone: others wait for this row, so that nobody else is stored between the count and what it allows.
    await change(transaction, setting, [version, 0, templateId, key]);
    const count = await countRegistered({ ...limit, most: most + 1 }, transaction);
    if (count > most) return false;
    await change(transaction, setting, [version, most - count, templateId, key]);
    return true;
  }
}
