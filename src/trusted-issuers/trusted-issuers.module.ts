import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { IssuersModule } from '../issuers/issuers.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { SoftwareStatements } from './software-statements.js';
import { TrustedIssuersController } from './trusted-issuers.controller.js';
import { TrustedIssuers } from './trusted-issuers.service.js';
import { Vouching } from './vouching.js';

/** Those whose signatures count here, and what they say of clients. */
@Module({
  imports: [TemplatesModule, IssuersModule, AuditModule],
  controllers: [TrustedIssuersController],
  providers: [TrustedIssuers, SoftwareStatements, Vouching],
  exports: [Vouching],
})
export class TrustedIssuersModule {}
