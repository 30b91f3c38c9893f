import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { ClientManagementController } from './client-management.controller.js';
import { ClientManagementService } from './client-management.service.js';
import { ClientManagers } from './client-managers.js';
import { RegistrationAccessTokenStrategy } from './registration-access-token.strategy.js';

/** RFC 7592: clients look after their own registration. */
@Module({
  imports: [AdmissionModule, ClientsModule, AuditModule, InitialAccessTokensModule],
  controllers: [ClientManagementController],
  providers: [ClientManagementService, ClientManagers, RegistrationAccessTokenStrategy],
})
export class ClientManagementModule {}
