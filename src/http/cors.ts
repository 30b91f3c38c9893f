import type { CorsOptions, CorsOptionsDelegate } from '@nestjs/common/internal';
import type { Request } from 'express';

/** Which origins may call from a browser: `*` for any. */
export interface AllowedOrigins {
  readonly corsOrigins: readonly string[];
  readonly adminCorsOrigins: readonly string[];
}

interface Area {
  readonly path: RegExp;
  readonly methods: string[];
  readonly origins: keyof AllowedOrigins;
  readonly options?: CorsOptions;
}

const areas: readonly Area[] = [
  { path: /^\/\.well-known\//, methods: ['GET'], origins: 'corsOrigins' },
  { path: /^\/register\/?$/, methods: ['POST'], origins: 'corsOrigins' },
  { path: /^\/register\/[^/]+\/secret\/?$/, methods: ['POST', 'PUT', 'PATCH'], origins: 'corsOrigins' },
  { path: /^\/register\/./, methods: ['GET', 'PUT', 'DELETE'], origins: 'corsOrigins' },
  {
    path: /^\/oauth\/(token|jwks|userinfo|par|device|revocation|introspection)$/,
    methods: ['GET', 'POST'],
    origins: 'corsOrigins',
    options: {
      allowedHeaders: ['Authorization', 'Content-Type', 'DPoP'],
      exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
    },
  },
  {
    path: /^\/(admin|my|lookup)(\/|$)/,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    origins: 'adminCorsOrigins',
  },
];

const shared: CorsOptions = {
  credentials: false,
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'If-Match',
    'If-None-Match',
    'Idempotency-Key',
    'MCP-Protocol-Version',
  ],
  exposedHeaders: ['ETag', 'Location', 'Link', 'WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
  maxAge: 600,
  // The error filter ends OPTIONS, since it knows what to allow.
  preflightContinue: true,
};

/** Opens each address to the browsers of its own origins, with bearer tokens only and never cookies (Fetch standard, CORS protocol). */
export function corsByPath(allowed: AllowedOrigins): CorsOptionsDelegate<Request> {
  const origin = (origins: readonly string[]) =>
    origins.includes('*') ? '*' : origins.length > 0 ? [...origins] : false;
  const options = areas.map(({ path, methods, origins, options }) => ({
    path,
    options: { ...shared, ...options, methods, origin: origin(allowed[origins]) },
  }));
  return (request, done) => {
    done(null, options.find(({ path }) => path.test(request.path))?.options ?? { origin: false });
  };
}
