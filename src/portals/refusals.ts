import { STATUS_CODES } from 'node:http';
import { ApiProperty } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { failures, type Refusal } from '../errors.js';
import { type RefusalBody, tellRefusalsAs } from '../http/refusal-body.js';

/** An error as Kong's bridge has it. */
export class KongError {
  @ApiProperty({ description: 'A code of RFC 6749, RFC 6750 or RFC 7591, or one of ours.' })
  error: string;

  @ApiProperty({ description: 'All that is wrong, and what to change.' })
  error_description: string;
}

/** An error as Gloo's SPI has it. */
export class GlooError {
  @ApiProperty({ description: 'The status of the answer.', example: 400 })
  code: number;

  @ApiProperty({ description: 'What the status is called.', example: 'Bad Request' })
  message: string;

  @ApiProperty({ description: 'All that is wrong, and what to change.' })
  reason: string;
}

const mostTold = 10;

/** Neither shape has a list for all that is wrong. */
const allOf = ({ description, violations }: Refusal): string =>
  violations.length > 1
    ? violations
        .slice(0, mostTold)
        .map(({ message }) => message)
        .join('; ')
    : description;

const kongError = (refusal: Refusal): KongError => ({ error: refusal.failure, error_description: allOf(refusal) });

function glooError(refusal: Refusal): GlooError {
  const code = failures[refusal.failure];
  return { code, message: STATUS_CODES[code] ?? 'Error', reason: allOf(refusal) };
}

const words: readonly (readonly [below: RegExp, body: RefusalBody])[] = [
  [/^\/portals\/kong(\/|$)/, kongError],
  [/^\/portals\/gloo(\/|$)/, glooError],
];

/** Has every refusal below the address of a portal told in the words of its specification, also where no route is. */
export function inWordsOfPortals(request: Request, response: Response, next: NextFunction): void {
  const found = words.find(([below]) => below.test(request.path));
  if (found) tellRefusalsAs(response, found[1]);
  next();
}
