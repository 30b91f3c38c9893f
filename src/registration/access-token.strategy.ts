import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Registrar, SpendableRight } from '../admission/registrar.js';
import { demandActor, registrarRecord } from '../admission/token-registrar.js';
import { carryOut } from '../data-sources/statements.js';
import { HeaderBearerStrategy, unusableToken } from '../http/bearer.js';
import { type AccessToken, AccessTokens } from '../token-models/access-tokens.js';
import { SpentAccessTokens } from '../token-models/spent-access-tokens.js';

/** Lets a registrar in by an OAuth access token with the scope `dcr`, once for each token (RFC 7591 section 3). */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(HeaderBearerStrategy, 'access-token') {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly spent: SpentAccessTokens,
  ) {
    super();
  }

  async validate(value: string): Promise<Registrar | false> {
    const token = await this.tokens.find(value);
    if (!token) return false;
    return {
      record: registrarRecord(token),
      ...(token.templateId !== undefined && { templateId: token.templateId }),
      isForeign: token.isForeign,
      actor: demandActor(token, 'dcr'),
      bounds: {},
      verification: 'vouched',
      right: await this.rightOf(token),
    };
  }

  private async rightOf(token: AccessToken): Promise<SpendableRight> {
    const spending: SpendableRight['spending'] = ({ access: { access_token: rule } }) =>
      rule && !rule.single_use ? [] : [this.spent.spending(token)];
    return {
      isSpent: await this.spent.has(token),
      spending,
      spend: async (transaction, template) => {
        for (const step of spending(template)) if ((await carryOut(step, transaction)) !== 1) throw unusableToken();
      },
    };
  }
}
