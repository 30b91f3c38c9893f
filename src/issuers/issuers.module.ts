import { Module } from '@nestjs/common';
import { FetchingModule } from '../fetching/fetching.module.js';
import { JwtAccessTokens } from './jwt-access-tokens.js';
import { SignedBy } from './signed-by.js';
import { TrustedIssuerStore } from './trusted-issuer.store.js';

/** Those whose signatures count here, and how signatures are checked. */
@Module({
  imports: [FetchingModule],
  providers: [TrustedIssuerStore, SignedBy, JwtAccessTokens],
  exports: [TrustedIssuerStore, SignedBy, JwtAccessTokens],
})
export class IssuersModule {}
