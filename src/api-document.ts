import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const bearer = (description: string) =>
  ({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque', description }) as const;

const headerKey = (name: string) =>
  ({ type: 'apiKey', in: 'header', name, description: 'An initial access token that was made with manages.' }) as const;

/** The API as integrators read it; the same text wherever it is made, so that a change of the API is seen in the diff. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Clientele')
    .setDescription(
      'A client registry for identity platforms. Applications register themselves as OAuth 2.0 and OpenID Connect clients (RFC 7591), look after their own registration (RFC 7592), and an authorization server finds them here. Every error has the same shape: error, error_description, and violations where a document is refused.',
    )
    .setVersion('1')
    .addServer('/')
    .addBearerAuth(
      bearer('Made at /admin/initial-access-tokens: the right to register (RFC 7591 section 1.2).'),
      'initial_access_token',
    )
    .addBearerAuth(
      bearer(
        'Issued by the token service, opaque: with the scope dcr to register, with dcrm to manage what the same client or user registered.',
      ),
      'access_token',
    )
    .addBearerAuth(
      bearer('In the answer to a registration: the right to manage that client (RFC 7592 section 1.2).'),
      'registration_access_token',
    )
    .addBearerAuth(
      bearer(
        'Printed on the first run, ADMIN_TOKEN, made at /admin/api-keys, or an access token of the token service with administrator scopes.',
      ),
      'administrator_token',
    )
    .addApiKey(headerKey('X-API-KEY'), 'kong_api_key')
    .addApiKey(headerKey('token'), 'gloo_token')
    .addTag('Registration', 'Applications register themselves.')
    .addTag('Client management', 'Clients look after their own registration.')
    .addTag('API portals', 'Portals that have a specification of their own make clients by it.')
    .addTag('Clients', 'Administrators look after all clients, and make some by hand.')
    .addTag('Initial access tokens', 'Who may register.')
    .addTag('Trusted issuers', 'Whose signatures count here.')
    .addTag('Token service', 'The built-in authorization server.')
    .addTag('Accounts', 'Who signs in at the token service.')
    .addTag('Look-up', 'What an authorization server asks.')
    .addTag('API keys', 'Who may administer.')
    .addTag('Audit', 'Who did what.')
    .addTag('Data sources', 'The databases behind it.')
    .addTag('Discovery', 'What may be asked for.')
    .addTag('Operations', 'Probes and metrics.');
  return SwaggerModule.createDocument(app, builder.build());
}
