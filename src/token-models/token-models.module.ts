import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { AccessTokens } from './access-tokens.js';
import { SpentAccessTokens } from './spent-access-tokens.js';
import { TokenModelStore } from './token-model.store.js';

/** What the token service has issued, for all who meet it. */
@Module({
  imports: [ClientsModule],
  providers: [TokenModelStore, AccessTokens, SpentAccessTokens],
  exports: [TokenModelStore, AccessTokens, SpentAccessTokens],
})
export class TokenModelsModule {}
