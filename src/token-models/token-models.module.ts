import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { IssuersModule } from '../issuers/issuers.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { IssuedFor } from './issued-for.js';
import { SpentAccessTokens } from './spent-access-tokens.js';
import { TokenModelStore } from './token-model.store.js';

/** What the token service has issued, for all who meet it. */
@Module({
  imports: [ClientsModule, IssuersModule, UsersModule],
  providers: [TokenModelStore, IssuedFor, AccessTokens, SpentAccessTokens],
  exports: [TokenModelStore, IssuedFor, AccessTokens, SpentAccessTokens],
})
export class TokenModelsModule {}
