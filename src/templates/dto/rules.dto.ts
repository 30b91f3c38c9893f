import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { Count, Duration, HostPatterns, SomeOf, YesOrNo } from './fields.js';

/** What the redirect URIs of its clients must be besides what they must be everywhere. */
export class TemplateRedirectUris {
  @ApiPropertyOptional({
    description: 'Host patterns; *. stands for one or more labels. Any host unless it is said.',
    type: [String],
    example: ['*.partners.example'],
  })
  @IsOptional()
  @HostPatterns()
  hosts?: string[];

  @ApiPropertyOptional({
    description: 'Schemes, without a colon. Any that a client may have unless it is said.',
    type: [String],
    example: ['https', 'com.example.app'],
  })
  @IsOptional()
  @SomeOf()
  @IsString({ each: true })
  @Matches(/^[a-z][a-z0-9+.-]{0,63}$/, { each: true, message: 'schemes must be lower-case schemes without a colon' })
  schemes?: string[];

  @YesOrNo('Whether http on loopback hosts is allowed.', true)
  loopback?: boolean;
}

/** How the secrets of its clients behave. */
export class TemplateSecrets {
  @Duration('Seconds until a secret expires; 0 for never.')
  ttl?: number;

  @YesOrNo('Whether secrets are kept so that they can be shown again.', false)
  recoverable?: boolean;

  @Duration('Seconds that an old secret works beside a new one.')
  overlap?: number;
}

export const rotations = ['never', 'on_update'] as const;

/** How the registration access tokens of its clients behave. */
export class TemplateRegistrationAccessToken {
  @YesOrNo('Whether clients get one.', true)
  issue?: boolean;

  @Duration('Seconds until it expires; 0 for as long as the client lives.')
  ttl?: number;

  @ApiPropertyOptional({ description: 'Whether a replacement brings a new one.', enum: rotations, default: 'never' })
  @IsOptional()
  @IsIn(rotations)
  rotation?: (typeof rotations)[number];
}

/** How long its clients live. */
export class TemplateLifecycle {
  @Duration('Seconds from the registration; 0 for no end.')
  ttl?: number;

  @Duration('Seconds for which a client may stay without its first use; 0 for any time.')
  unused_ttl?: number;

  @Duration('Seconds for which a client may stay without being used again; 0 for any time.')
  idle_ttl?: number;
}

/** How many clients there may be. */
export class TemplateLimits {
  @Count('Clients that may have registered themselves at a time, until they are deleted (403); 0 for any number.')
  clients?: number;

  @Count('Clients that one registrar may have at a time (403); all anonymous callers are one. 0 for any number.')
  per_registrar?: number;

  @Count('Attempts to register in a minute (429); 0 for any number.')
  per_minute?: number;
}
