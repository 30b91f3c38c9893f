import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Request } from 'express';
import { Refusal, type Failure } from '../errors.js';
import { demandMediaType } from './media-type.js';
import { readBody } from './read-body.js';
import { MalformedJson, parseJsonObject, type JsonObject } from './strict-json.js';

export interface JsonBodyOptions {
  /** The code for a body that is no JSON object. */
  readonly malformed: Failure & ('invalid_client_metadata' | 'invalid_request');
  readonly mediaTypes?: readonly string[];
  /** Whether a request without a body is taken for one with an empty object. */
  readonly isOptional?: boolean;
}

const incoming = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<Request>(),
);

/**
 * The JSON object in the body (RFC 7591 section 3.1). It is read only after the guards let the caller in, and judged in
 * this order: media type (415), size (413), text (400).
 */
export const JsonBody = (options: JsonBodyOptions): ParameterDecorator => incoming(new JsonBodyPipe(options));

class JsonBodyPipe implements PipeTransform<Request, Promise<JsonObject>> {
  constructor(private readonly options: JsonBodyOptions) {}

  async transform(request: Request): Promise<JsonObject> {
    if (this.options.isOptional && !hasBody(request)) return {};
    demandMediaType(request, this.options.mediaTypes ?? ['application/json']);
    const bytes = await readBody(request);
    try {
      return parseJsonObject(bytes);
    } catch (error) {
      throw error instanceof MalformedJson ? new Refusal(this.options.malformed, error.message) : error;
    }
  }
}

/** Whether a request has content, or says of what type it would be (RFC 9112 section 6). */
const hasBody = ({ headers }: Request): boolean =>
  headers['content-type'] !== undefined ||
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] ?? '0') !== '0';
