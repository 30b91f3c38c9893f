import { Module } from '@nestjs/common';
import { TemplatesModule } from '../templates/templates.module.js';
import { AdmissionService } from './admission.service.js';

/** May this registrar have this client. */
@Module({ imports: [TemplatesModule], providers: [AdmissionService], exports: [AdmissionService] })
export class AdmissionModule {}
