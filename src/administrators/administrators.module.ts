import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { AdministratorStrategy } from './administrator.strategy.js';
import { Administrators } from './administrators.service.js';

/** Who may administer. */
@Module({
  imports: [ClientsModule, AuditModule],
  providers: [Administrators, AdministratorStrategy],
  exports: [Administrators],
})
export class AdministratorsModule {}
