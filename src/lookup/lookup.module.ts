import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { ChangesController } from './changes.controller.js';
import { Changes } from './changes.service.js';
import { LookupController } from './lookup.controller.js';
import { LookupService } from './lookup.service.js';
import { UsageController } from './usage.controller.js';
import { UsageReports } from './usage-reports.js';

/** What an authorization server asks. */
@Module({
  imports: [ClientsModule, LifecycleModule],
  controllers: [LookupController, ChangesController, UsageController],
  providers: [LookupService, Changes, UsageReports],
})
export class LookupModule {}
