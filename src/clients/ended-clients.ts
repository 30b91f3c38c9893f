import { Injectable } from '@nestjs/common';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { numbered, selectWhere } from '../data-sources/statements.js';
import { Client } from './client.entity.js';
import { both, type Clause, clause, either, endings, living, type Moment, withStatus } from './client-walks.js';

/** When it is judged which clients have ended, and which of them so long ago that they are forgotten. */
export interface Endings extends Moment {
  readonly forgetBefore: number;
}

/** What has to be written down: that a client has expired, or that nothing is left of it. */
export type Ending = keyof typeof conditions;

/** Each clause goes over an index of its own, by the end: those that can still end are nearly all that there are. */
export const conditions = {
  expired: (moment: Endings): Clause[] => endings(moment).map((ended) => both(ended, withStatus(...living))),
  forgotten: ({ forgetBefore }: Endings): Clause[] => [
    both(clause('clients.expires_at <= ?', forgetBefore), withStatus('expired')),
  ],
};

/** Finds the clients whose end is not written in their rows yet, as these rows are. */
@Injectable()
export class EndedClients {
  constructor(private readonly dataSources: DataSources) {}

  /** Some of those of one data source. */
  async find(role: Role, ending: Ending, moment: Endings, limit: number): Promise<Client[]> {
    const found = new Map<string, Client>();
    for (const { text, parameters } of conditions[ending](moment)) {
      if (found.size >= limit) break;
      const clients = await this.dataSources.read(role, (reader) =>
        selectWhere(reader, Client, `${text} LIMIT ?`, [...parameters, limit - found.size]),
      );
      for (const client of clients) found.set(client.clientId, client);
    }
    return [...found.values()];
  }

  /** How many there are in one data source. */
  count(role: Role, ending: Ending, moment: Endings): Promise<number> {
    const { text, parameters } = either(...conditions[ending](moment));
    return this.dataSources.read(role, async (reader) => {
      const statement = numbered(reader.dataSource, `SELECT COUNT(*) AS n FROM clients WHERE ${text}`);
      const [row] = await reader.query<{ n: number | string }[]>(statement, [...parameters]);
      return Number(row!.n);
    });
  }
}
