import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { AdministratorStrategy } from './administrator.strategy.js';
import { Administrators } from './administrators.service.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKeyStore } from './api-key.store.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.service.js';

/** Who may administer. */
@Module({
  imports: [ClientsModule, TokenModelsModule, AuditModule],
  controllers: [ApiKeysController],
  providers: [Administrators, AdministratorStrategy, ApiKeys, ApiKeyStore, ApiKeyUsage],
  exports: [Administrators],
})
export class AdministratorsModule {}
