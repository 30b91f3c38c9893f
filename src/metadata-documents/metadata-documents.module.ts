import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { FetchingModule } from '../fetching/fetching.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { DocumentTrail } from './document-trail.js';
import { MetadataDocuments } from './metadata-documents.js';

/** Clients that describe themselves in a document at their client_id. */
@Module({
  imports: [AdmissionModule, AuditModule, FetchingModule, RateLimitsModule, TemplatesModule],
  providers: [MetadataDocuments, DocumentTrail],
  exports: [MetadataDocuments],
})
export class MetadataDocumentsModule {}
