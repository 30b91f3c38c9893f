import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientUsage } from './client-usage.js';
import { Expiry } from './expiry.js';
import { ExpiryRunner } from './expiry-runner.js';
import { Lifetimes } from './lifetimes.js';

/** How long clients live, and what becomes of them then. */
@Module({
  imports: [AuditModule, ClientsModule, TemplatesModule],
  providers: [Lifetimes, ClientUsage, Expiry, ExpiryRunner],
  exports: [Lifetimes, ClientUsage],
})
export class LifecycleModule {}
