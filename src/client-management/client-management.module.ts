import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DynamicClientsModule } from '../dynamic-clients/dynamic-clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { AdministratorsModule } from '../administrators/administrators.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { TrustedIssuersModule } from '../trusted-issuers/trusted-issuers.module.js';
import { ClientAdministrationController } from './administration/client-administration.controller.js';
import { ClientAdministration } from './administration/client-administration.service.js';
import { ClientChanges } from './administration/client-changes.js';
import { ClientCredentialsController } from './administration/client-credentials.controller.js';
import { ClientCredentials } from './administration/client-credentials.js';
import { ClientManagementController } from './client-management.controller.js';
import { ClientOwnerStrategy } from './my-clients/client-owner.strategy.js';
import { MyClientsController } from './my-clients/my-clients.controller.js';
import { MyClients } from './my-clients/my-clients.service.js';
import { RegistrationAccessTokenStrategy } from './registration-access-token.strategy.js';
import { SecretRenewalController } from './secret-renewal.controller.js';

/** Clients look after their own registration (RFC 7592), and administrators after all clients. */
@Module({
  imports: [
    AdmissionModule,
    AdministratorsModule,
    ClientsModule,
    DynamicClientsModule,
    AuditModule,
    InitialAccessTokensModule,
    LifecycleModule,
    RateLimitsModule,
    TemplatesModule,
    TokenModelsModule,
    TrustedIssuersModule,
  ],
  controllers: [
    ClientManagementController,
    SecretRenewalController,
    MyClientsController,
    ClientAdministrationController,
    ClientCredentialsController,
  ],
  providers: [
    ClientAdministration,
    ClientChanges,
    ClientCredentials,
    RegistrationAccessTokenStrategy,
    MyClients,
    ClientOwnerStrategy,
  ],
})
export class ClientManagementModule {}
