import { Account } from '../users/account.entity.js';
import { RegistrationRoom } from '../admission/registration-room.entity.js';
import { ApiKey } from '../administrators/api-key.entity.js';
import { AuditEvent } from '../audit/audit-event.entity.js';
import { AuditSeal } from '../audit/audit-seal.entity.js';
import { Client, ClientTag } from '../clients/client.entity.js';
import { UsageClockReading } from '../clients/usage-clock.entity.js';
import type { Schema } from '../data-sources/engines/engine.js';
import { Lease } from '../data-sources/lease.entity.js';
import { InitialAccessToken, InitialAccessTokenUses } from '../initial-access-tokens/initial-access-token.entity.js';
import { RateCount } from '../rate-limits/rate-count.entity.js';
import { IdempotencyKey } from '../dynamic-clients/idempotency-key.entity.js';
import { DefaultTemplate, TemplateState, TemplateVersion } from '../templates/client-template.entity.js';
import { ServerKey } from '../token-service/server-key.entity.js';
import { SpentAccessToken } from '../token-models/spent-access-token.entity.js';
import { TokenModel } from '../token-models/token-model.entity.js';
import { TrustedIssuer } from '../issuers/trusted-issuer.entity.js';
import { CreateTables1764000000000 } from './migrations/1764000000000-create-tables.js';

/** Every entity and every migration, by name; migrations in the order in which they run. */
export const schema: Schema = {
  entities: [
    Client,
    ClientTag,
    UsageClockReading,
    InitialAccessToken,
    InitialAccessTokenUses,
    AuditEvent,
    AuditSeal,
    ApiKey,
    Account,
    IdempotencyKey,
    TemplateState,
    TemplateVersion,
    DefaultTemplate,
    Lease,
    RateCount,
    RegistrationRoom,
    TokenModel,
    SpentAccessToken,
    ServerKey,
    TrustedIssuer,
  ],
  migrations: [CreateTables1764000000000],
};
