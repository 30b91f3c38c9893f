import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { TemplateAdministration } from './template-administration.service.js';
import { TemplateSteps } from './template-steps.js';
import { TemplateStore } from './template.store.js';
import { TemplatesController } from './templates.controller.js';
import { Templates } from './templates.service.js';

/** What kinds of clients there may be. */
@Module({
  imports: [AuditModule],
  controllers: [TemplatesController],
  providers: [Templates, TemplateStore, TemplateSteps, TemplateAdministration],
  exports: [Templates],
})
export class TemplatesModule {}
