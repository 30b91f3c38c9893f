import type { Client, ClientStatus } from './client.entity.js';

/** The status of a client at a time: its end is judged when it is read, not only when it is swept. */
export const statusAt = ({ status, expiresAt }: Pick<Client, 'status' | 'expiresAt'>, now: number): ClientStatus =>
  status !== 'deleted' && expiresAt !== null && expiresAt <= now ? 'expired' : status;
