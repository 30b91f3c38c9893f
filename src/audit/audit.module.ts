import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { AuditEvents } from './audit-events.js';
import { AuditEventsController } from './audit-events.controller.js';
import { AuditSeals } from './audit-seals.js';
import { AuditTrail } from './audit-trail.js';
import { Refusals } from './refusals.js';

/** Who did what, and who was refused what. */
@Module({
  imports: [ClientsModule],
  controllers: [AuditEventsController],
  providers: [AuditTrail, AuditEvents, AuditSeals, Refusals],
  exports: [AuditTrail, AuditEvents, AuditSeals, Refusals],
})
export class AuditModule {}
