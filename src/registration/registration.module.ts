import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { TrustedIssuersModule } from '../trusted-issuers/trusted-issuers.module.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AnonymousStrategy } from './anonymous.strategy.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';

/** RFC 7591: clients register themselves. */
@Module({
  imports: [
    AdmissionModule,
    ClientsModule,
    AuditModule,
    InitialAccessTokensModule,
    LifecycleModule,
    TemplatesModule,
    RateLimitsModule,
    TokenModelsModule,
    TrustedIssuersModule,
  ],
  controllers: [RegistrationController],
  providers: [RegistrationService, IdempotencyKeys, AccessTokenStrategy, AnonymousStrategy],
})
export class RegistrationModule {}
