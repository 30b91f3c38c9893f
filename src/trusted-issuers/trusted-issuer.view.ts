import type { TrustedIssuerView } from './dto/trusted-issuer.dto.js';
import type { TrustedIssuer } from '../issuers/trusted-issuer.entity.js';

/** An issuer as administrators see it: absent members left out. */
export const trustedIssuerView = ({ id, issuer, trust, ...row }: TrustedIssuer): TrustedIssuerView =>
  ({
    id,
    issuer,
    ...trust,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    version: row.version,
  }) as TrustedIssuerView;
