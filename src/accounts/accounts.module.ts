import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountsController } from './accounts.controller.js';
import { Accounts } from './accounts.service.js';
import { Passwords } from './passwords.js';
import { SignIns } from './sign-ins.js';
import { UpstreamAccounts } from './upstream-accounts.js';

/** Who signs in at the token service. */
@Module({
  imports: [UsersModule, ClientsModule, AuditModule, RateLimitsModule],
  controllers: [AccountsController],
  providers: [Accounts, Passwords, SignIns, UpstreamAccounts],
  exports: [SignIns, UpstreamAccounts],
})
export class AccountsModule {}
