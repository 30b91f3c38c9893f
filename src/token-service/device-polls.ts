import { Injectable } from '@nestjs/common';
import type { DeviceCode } from 'oidc-provider';
import { TokenModelStore } from '../token-models/token-model.store.js';
import { errors, Provider } from './oidc-provider.js';

/** Seconds that a device waits between two polls, as it is told (RFC 8628 section 3.2), and how many more each time that it does not. */
const pollInterval = 5;

const model = 'DevicePoll';

/** Judges how fast devices ask for their tokens, over all instances. */
@Injectable()
export class DevicePolls {
  constructor(private readonly models: TokenModelStore) {}

  /**
   * Takes note of a poll. Answers false when it came too soon after the last one, and has the device wait longer from then
   * on (RFC 8628 section 3.5).
   */
  async take(code: string, clientId: string): Promise<boolean> {
    const last = await this.models.find(model, code);
    const interval = (last?.payload.interval as number | undefined) ?? pollInterval;
    // Of many at once, one is the first.
    if (await this.models.add(model, code, { interval }, issuedTo(clientId), interval - tolerance)) return true;
    const longer = interval + pollInterval;
    await this.models.put(model, code, { interval: longer }, issuedTo(clientId), longer - tolerance);
    return false;
  }
}

/** Seconds by which a poll may be early: clocks of instances differ, and count whole seconds. */
const tolerance = 1;

const issuedTo = (clientId: string) => ({ clientId, clientVersion: null });

/** Tells devices how often to ask, and holds them to it while their user has not answered yet. */
export function paceDevices(provider: Provider, take: DevicePolls['take']): void {
  provider.on('device_authorization.success', (_context, answer) => Object.assign(answer, { interval: pollInterval }));
  const { DeviceCode: model } = provider;
  const find = model.find.bind(model) as (...args: unknown[]) => Promise<DeviceCode | undefined>;
  const paced = async (code: string, ...more: unknown[]) => {
    const found = await find(code, ...more);
    const { route, client } = Provider.ctx?.oidc ?? {};
    const isPoll = route === 'token' && found?.clientId === client?.clientId;
    const isPending = found && found.accountId === undefined && found.error === undefined && !found.isExpired;
    if (isPoll && isPending && !(await take(code, client!.clientId)))
      throw new errors.SlowDown(`ask every ${pollInterval} seconds, and ${pollInterval} more after each such answer`);
    return found;
  };
  Object.assign(model, { find: paced });
}
