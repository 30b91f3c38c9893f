import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { LessThanOrEqual } from 'typeorm';
import { Clock } from '../clock.js';
import { DataSources, type Role } from './data-sources.service.js';
import { Lease } from './lease.entity.js';

/**
 * Seconds without a renewal after which another instance may take a lease: more than the clocks of two instances may
 * differ (five minutes) and the holder needs to renew it.
 */
const lifetime = 600;

/**
 * Lets one instance at a time do a work, in each data source for itself. A lease saves work and does no more: a holder that
 * hangs may wake up beside the next one, so that what it stores has to be right then too.
 */
@Injectable()
export class Leases implements BeforeApplicationShutdown {
  private readonly instance = randomUUID();
  private readonly held: { readonly role: Role; readonly name: string }[] = [];

  constructor(
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Takes a lease, or renews it: to be asked before each turn of the work, every few minutes. False when another instance has it. */
  async hold(role: Role, name: string): Promise<boolean> {
    const taken = (await this.take(role, name)) || ((await this.make(role, name)) && (await this.take(role, name)));
    if (taken && !this.held.some((one) => one.role === role && one.name === name)) this.held.push({ role, name });
    return taken;
  }

  /** Leaves every lease to the next instance, which need not wait then. */
  async beforeApplicationShutdown(): Promise<void> {
    const free = { holder: '', expiresAt: 0 };
    const releases = this.held.map(({ role, name }) =>
      this.dataSources.write(role, (writer) => writer.update(Lease, { name, holder: this.instance }, free)),
    );
    await Promise.allSettled(releases);
  }

  private take(role: Role, name: string): Promise<boolean> {
    const now = this.clock.now();
    const mine = { holder: this.instance, expiresAt: now + lifetime };
    return this.dataSources.write(role, async (writer) => {
      // One conditional update each, so that of two instances one succeeds.
      const renewed = await writer.update(Lease, { name, holder: this.instance }, mine);
      if (renewed.affected === 1) return true;
      const taken = await writer.update(Lease, { name, expiresAt: LessThanOrEqual(now) }, mine);
      return taken.affected === 1;
    });
  }

  /** Makes the row of a lease that nobody ever had; false when it is there. */
  private async make(role: Role, name: string): Promise<boolean> {
    return this.dataSources.write(role, async (writer) => {
      if (await writer.existsBy(Lease, { name })) return false;
      const values = { name, holder: '', expiresAt: 0 };
      await writer.createQueryBuilder().insert().into(Lease).values(values).orIgnore().execute();
      return true;
    });
  }
}
