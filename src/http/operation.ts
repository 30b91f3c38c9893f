import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiSecurity,
  getSchemaPath,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { type Failure, failures } from '../errors.js';

/** One thing that is wrong with what was sent. */
export class ViolationBody {
  @ApiProperty({ example: 'response_types' })
  member: string;

  @ApiProperty({ description: 'The clause it breaks.', example: 'RFC 7591 section 2.1' })
  rule: string;

  @ApiProperty({ description: 'What to change.' })
  message: string;
}

/** The one shape of every error. */
export class ErrorBody {
  @ApiProperty({ enum: Object.keys(failures), example: 'invalid_client_metadata' })
  error: Failure;

  @ApiProperty({ description: 'What to change, for developers.' })
  error_description: string;

  @ApiPropertyOptional({
    type: [ViolationBody],
    description: 'All that is wrong, in a stable order, when a document is refused.',
  })
  violations?: ViolationBody[];
}

type Headers = Readonly<Record<string, string>>;

export type TokenKind =
  | 'initial_access_token'
  | 'access_token'
  | 'registration_access_token'
  | 'administrator_token'
  | 'kong_api_key'
  | 'gloo_token';

/** What the API documentation says about one operation. */
export interface OperationSpec {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** The names of the security schemes, of which one is enough; absent where anyone may call. */
  readonly token?: TokenKind | readonly TokenKind[];
  /** Whether it can also be called without the token. */
  readonly tokenIsOptional?: boolean;
  readonly answer: {
    readonly status: number;
    readonly description: string;
    readonly type?: Type;
    readonly schema?: object;
    readonly mediaType?: string;
    readonly example?: unknown;
    readonly headers?: Headers;
  };
  readonly refusals?: readonly Failure[];
  /** The shape of its errors, where that is not ours. */
  readonly refusalType?: Type;
}

const textHeaders = (headers: Headers) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

const headersOfStatus: Readonly<Record<number, Headers>> = {
  401: { 'WWW-Authenticate': 'The challenge (RFC 6750 section 3).' },
  405: { Allow: 'The methods of this address.' },
  429: { 'Retry-After': 'Seconds to wait.' },
  503: { 'Retry-After': 'Seconds to wait.' },
};

/** What anybody can hear who has to send a token. */
export const tokenRefusals = ['invalid_token', 'insufficient_scope'] as const satisfies readonly Failure[];

/** What anybody can hear who sends a document. */
export const bodyRefusals = ['payload_too_large', 'unsupported_media_type'] as const satisfies readonly Failure[];

/** What anybody can hear who changes something that others change too, with or without `If-Match`. */
export const changeRefusals = [
  'conflict',
  'precondition_failed',
  'precondition_required',
] as const satisfies readonly Failure[];

/** Everybody can meet these, at every address. */
const everywhere: readonly Failure[] = [
  'request_timeout',
  'headers_too_large',
  'server_error',
  'temporarily_unavailable',
];

/** Documents an operation: what it is for, who may call it, its answer and each of its refusals. */
export function Operation({
  id,
  summary,
  description,
  token,
  tokenIsOptional,
  answer,
  refusals = [],
  refusalType,
}: OperationSpec): MethodDecorator {
  const { status, type, schema, mediaType = 'application/json', example, headers } = answer;
  const body = type ? { $ref: getSchemaPath(type) } : schema;
  const all = [...refusals, ...everywhere];
  const statuses = [...new Set(all.map((failure) => failures[failure]))];
  return applyDecorators(
    ApiOperation({ operationId: id, summary, description }),
    ApiExtraModels(refusalType ?? ErrorBody, ...(type ? [type] : [])),
    ...[token ?? []].flat().map((name) => ApiSecurity(name)),
    // An empty requirement is met by anyone (OpenAPI 3.0.4 section 4.8.10.1).
    ...(tokenIsOptional ? [ApiSecurity({})] : []),
    ApiResponse({
      status,
      description: answer.description,
      ...(headers && { headers: textHeaders(headers) }),
      ...(body && { content: { [mediaType]: { schema: body, ...(example !== undefined && { example }) } } }),
    }),
    ...statuses.map((code) =>
      refusalResponse(
        code,
        all.filter((failure) => failures[failure] === code),
        refusalType,
      ),
    ),
  );
}

const refusalResponse = (status: number, codes: readonly Failure[], type: Type | undefined) =>
  ApiResponse({
    status,
    description: codes.join(' or '),
    ...(headersOfStatus[status] && { headers: textHeaders(headersOfStatus[status]) }),
    content: {
      'application/json': {
        schema: type
          ? { $ref: getSchemaPath(type) }
          : {
              allOf: [{ $ref: getSchemaPath(ErrorBody) }, { properties: { error: { type: 'string', enum: codes } } }],
            },
      },
    },
  } as ApiResponseOptions);
