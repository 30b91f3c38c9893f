import { Module } from '@nestjs/common';
import { AdministratorsModule } from '../administrators/administrators.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { FetchingModule } from '../fetching/fetching.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { AdmissionService } from './admission.service.js';
import { RegistrationRoomStore } from './registration-room.store.js';
import { SectorDocuments } from './sector-documents.js';
import { TemplateLimits } from './template-limits.js';
import { TemplateApplications } from './template-application.service.js';
import { TemplateApplicationsController } from './template-applications.controller.js';

/** May this registrar have this client. */
@Module({
  imports: [
    TemplatesModule,
    ClientsModule,
    AuditModule,
    AdministratorsModule,
    FetchingModule,
    LifecycleModule,
    RateLimitsModule,
  ],
  controllers: [TemplateApplicationsController],
  providers: [AdmissionService, TemplateLimits, RegistrationRoomStore, SectorDocuments, TemplateApplications],
  exports: [AdmissionService, TemplateLimits],
})
export class AdmissionModule {}
