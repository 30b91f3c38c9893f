import { Module } from '@nestjs/common';
import { FetchingModule } from '../fetching/fetching.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { AdmissionService } from './admission.service.js';
import { SectorDocuments } from './sector-documents.js';

/** May this registrar have this client. */
@Module({
  imports: [TemplatesModule, FetchingModule],
  providers: [AdmissionService, SectorDocuments],
  exports: [AdmissionService],
})
export class AdmissionModule {}
