import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { TrustedIssuersModule } from '../trusted-issuers/trusted-issuers.module.js';
import { ClientManagementService } from './client-management.service.js';
import { ClientManagers } from './client-managers.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { RegistrationAccessTokens } from './registration-access-tokens.js';
import { RegistrationService } from './registration.service.js';

/** The life of a client that registers itself, by whatever address it does so. */
@Module({
  imports: [
    AdmissionModule,
    AuditModule,
    ClientsModule,
    InitialAccessTokensModule,
    LifecycleModule,
    TemplatesModule,
    TokenModelsModule,
    TrustedIssuersModule,
  ],
  providers: [RegistrationService, IdempotencyKeys, ClientManagementService, ClientManagers, RegistrationAccessTokens],
  exports: [RegistrationService, IdempotencyKeys, ClientManagementService, ClientManagers],
})
export class DynamicClientsModule {}
