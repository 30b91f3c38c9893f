import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { judgeStrictly, readStrictly, refuse } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { ClientUsage } from '../lifecycle/client-usage.js';
import { UsageReport, UsedClient } from './dto/usage-report.dto.js';

/** What the clocks of two hosts may differ, in seconds. */
const leeway = 300;

/** Takes what authorization servers report about the use of clients. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly usage: ClientUsage,
    private readonly clock: Clock,
  ) {}

  /** Stores a report before it is answered. Throws `invalid_request` with all that is wrong, and stores nothing then. */
  async take(document: JsonObject): Promise<void> {
    const { items } = readStrictly(UsageReport, document);
    const now = this.clock.now();
    const judged = items.map((item, index) => this.judge(item, `items[${index}].`, now));
    refuse(judged.flatMap(({ violations }) => violations));
    await this.usage.report(
      judged.map(({ instance: { client_id, secret_id, last_used_at } }) => ({
        clientId: client_id,
        ...(secret_id !== undefined && { secretId: secret_id }),
        at: Math.min(last_used_at, now),
      })),
    );
  }

  private judge(item: object, path: string, now: number) {
    const { instance, violations } = judgeStrictly(UsedClient, item, path);
    if (violations.length > 0 || instance.last_used_at <= now + leeway) return { instance, violations };
    const member = `${path}last_used_at`;
    const message = `${member} must not be in the future; it is in whole seconds`;
    return { instance, violations: [{ member, rule: 'document', message }] };
  }
}
