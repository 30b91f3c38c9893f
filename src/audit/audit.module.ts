import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { AuditTrail } from './audit-trail.js';

@Module({ imports: [ClientsModule], providers: [AuditTrail], exports: [AuditTrail] })
export class AuditModule {}
