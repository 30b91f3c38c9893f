import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { FetchingModule } from '../fetching/fetching.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { SignedBy } from './signed-by.js';
import { SoftwareStatements } from './software-statements.js';
import { TrustedIssuerStore } from './trusted-issuer.store.js';
import { TrustedIssuersController } from './trusted-issuers.controller.js';
import { TrustedIssuers } from './trusted-issuers.service.js';
import { Vouching } from './vouching.js';

/** Those whose signatures count here, and what they say of clients. */
@Module({
  imports: [TemplatesModule, FetchingModule, AuditModule],
  controllers: [TrustedIssuersController],
  providers: [TrustedIssuers, TrustedIssuerStore, SignedBy, SoftwareStatements, Vouching],
  exports: [Vouching],
})
export class TrustedIssuersModule {}
