import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { ClientUsage } from './client-usage.js';
import { Lifetimes } from './lifetimes.js';

/** How long clients live, and what becomes of them then. */
@Module({
  imports: [ClientsModule, TemplatesModule],
  providers: [Lifetimes, ClientUsage],
  exports: [Lifetimes, ClientUsage],
})
export class LifecycleModule {}
