import { Injectable } from '@nestjs/common';
import { DataSources } from '../data-sources/data-sources.service.js';
import { selectWhere } from '../data-sources/statements.js';
import { Client } from './client.entity.js';
import { ClientStore } from './client.store.js';

/** Where in the order of their last changes clients come: by its time, then by their ids. */
export interface ChangePosition {
  readonly at: number;
  readonly clientId: string;
}

const condition = 'updated_at >= ? AND (updated_at > ? OR client_id > ?) ORDER BY updated_at, client_id';

/** Finds the clients of all data sources by when they last changed, tombstones too. */
@Injectable()
export class ChangedClients {
  constructor(
    private readonly dataSources: DataSources,
    private readonly clients: ClientStore,
  ) {}

  /** The first clients that changed after a position, those that changed longest ago first. */
  async find({ at, clientId }: ChangePosition, limit: number): Promise<Client[]> {
    const text = `${condition} LIMIT ${limit}`;
    const found = await this.dataSources.readEach((reader) => selectWhere(reader, Client, text, [at, at, clientId]));
    const first = found.flat().sort(inOrder).slice(0, limit);
    return Promise.all(first.map((client) => this.clients.judged(client)));
  }
}

/** Ids are ASCII, so that every engine sorts them like this. */
const inOrder = (one: Client, other: Client): number =>
  one.updatedAt - other.updatedAt || (one.clientId < other.clientId ? -1 : 1);
