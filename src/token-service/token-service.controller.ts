import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../http/access.guard.js';
import { bodyRefusals, Operation } from '../http/operation.js';
import { addresses, mountPath } from './addresses.js';
import { formAsQuery } from './form-as-query.js';
import { forPeople } from './sign-in/for-people.js';
import { TokenService } from './token-service.js';
import { UserCodeGuesses } from './user-code-guesses.js';

const json = { type: 'object', additionalProperties: true } as const;

interface AddressSpec {
  readonly id: string;
  readonly summary: string;
  readonly clause: string;
  readonly status?: number;
  readonly answer: string;
}

/** What the documentation says of an address whose parameters, answers and errors are those of its standard. */
const address = ({ id, summary, clause, status = 200, answer }: AddressSpec) =>
  Operation({
    id,
    summary,
    description: `${clause}, with its parameters, answers and errors.`,
    answer: { status, description: answer, ...(status < 300 && { schema: json }) },
    refusals: ['invalid_request'],
  });

/** An address for the user's browser. */
const forBrowsers = ({
  refusals = [],
  ...spec
}: Omit<AddressSpec, 'status'> & { refusals?: readonly 'rate_limited'[] }) =>
  Operation({
    id: spec.id,
    summary: spec.summary,
    description: `${spec.clause}, with its parameters, answers and errors. The user's browser comes here.`,
    answer: { status: 200, description: spec.answer, mediaType: 'text/html', schema: { type: 'string' } },
    refusals: ['invalid_request', ...refusals],
  });

/** An address that takes from the user's browser in a form what it takes in a query. */
const forBrowsersWithForms = ({ id, summary, clause }: Omit<AddressSpec, 'status' | 'answer'>) =>
  Operation({
    id,
    summary,
    description: `${clause}, with its parameters. The user's browser comes here, and is sent on to the same address with a query.`,
    answer: { status: 303, description: 'The way on.', mediaType: 'text/html', schema: { type: 'string' } },
    refusals: ['invalid_request', ...bodyRefusals],
  });

const form = () =>
  ApiBody({
    required: true,
    content: { 'application/x-www-form-urlencoded': { schema: json } },
  } as never);

/** The addresses of the built-in authorization server; each is answered by oidc-provider, in the forms of OAuth. */
@ApiTags('Token service')
@Controller(mountPath.slice(1))
@Access('anyone')
export class TokenServiceController {
  constructor(
    private readonly tokens: TokenService,
    private readonly guesses: UserCodeGuesses,
  ) {}

  @Get(addresses.authorization)
  @forBrowsers({
    id: 'authorize',
    summary: 'Ask the user for an authorization code',
    clause: 'RFC 6749 section 4.1.1, OpenID Connect Core 1.0 section 3.1.2',
    answer: 'A page, or the way back to the client.',
  })
  authorize(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.authorization)
  @form()
  @forBrowsersWithForms({
    id: 'authorizeByForm',
    summary: 'Ask the user for an authorization code, by a form',
    clause: 'OpenID Connect Core 1.0 section 3.1.2.1',
  })
  authorizeByForm(@Req() request: Request, @Res() response: Response): Promise<void> {
    return formAsQuery(addresses.authorization, request, response);
  }

  @Get(`${addresses.authorization}/:uid`)
  @forBrowsers({
    id: 'resumeAuthorization',
    summary: 'Go on with an authorization after the user has signed in and agreed',
    clause: 'RFC 6749 section 4.1.2',
    answer: 'The way back to the client.',
  })
  resume(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.token)
  @form()
  @address({
    id: 'issueToken',
    summary: 'Get tokens',
    clause: 'RFC 6749 section 3.2',
    answer: 'Tokens.',
  })
  token(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Get(addresses.jwks)
  @address({
    id: 'readServerKeys',
    summary: 'The public keys of the server',
    clause: 'RFC 7517 section 5',
    answer: 'A JWK Set.',
  })
  jwks(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.introspection)
  @form()
  @address({
    id: 'introspectToken',
    summary: 'Ask what a token is worth',
    clause: 'RFC 7662 section 2',
    answer: 'Whether it is active, and what it is for.',
  })
  introspect(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.revocation)
  @form()
  @Operation({
    id: 'revokeToken',
    summary: 'Take a token back',
    description: 'RFC 7009 section 2, with its parameters, answers and errors.',
    answer: {
      status: 200,
      description: 'It is of no use any more.',
      mediaType: 'text/plain',
      schema: { type: 'string' },
    },
    refusals: ['invalid_request'],
  })
  revoke(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Get(addresses.userinfo)
  @address({
    id: 'readUserinfo',
    summary: 'What the server says about the user',
    clause: 'OpenID Connect Core 1.0 section 5.3',
    answer: 'Claims, or a JWT of them.',
  })
  userinfo(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.userinfo)
  @address({
    id: 'postUserinfo',
    summary: 'What the server says about the user, by POST',
    clause: 'OpenID Connect Core 1.0 section 5.3',
    answer: 'Claims, or a JWT of them.',
  })
  postUserinfo(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.pushed_authorization_request)
  @form()
  @address({
    id: 'pushAuthorizationRequest',
    summary: 'Send an authorization request ahead',
    clause: 'RFC 9126 section 2',
    status: 201,
    answer: 'The request_uri to authorize with.',
  })
  push(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.device_authorization)
  @form()
  @address({
    id: 'authorizeDevice',
    summary: 'Ask for a code that the user types in elsewhere',
    clause: 'RFC 8628 section 3.1',
    answer: 'A code for the device, and one for the user.',
  })
  device(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Get(addresses.code_verification)
  @forBrowsers({
    id: 'showActivation',
    summary: 'Where the user types in the code of a device',
    clause: 'RFC 8628 section 3.3',
    answer: 'A page.',
  })
  showActivation(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.code_verification)
  @form()
  @forBrowsers({
    id: 'activateDevice',
    summary: 'Take the code that the user typed in',
    clause: 'RFC 8628 section 3.3',
    answer: 'A page.',
    refusals: ['rate_limited'],
  })
  async activate(@Req() request: Request, @Res() response: Response): Promise<void> {
    const forUser = forPeople(response);
    await this.guesses.count(request);
    return this.tokens.serve(request, forUser);
  }

  @Get(`${addresses.code_verification}/:uid`)
  @forBrowsers({
    id: 'resumeActivation',
    summary: 'Go on with a device after the user has signed in and agreed',
    clause: 'RFC 8628 section 3.3',
    answer: 'A page.',
  })
  resumeActivation(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Get(addresses.end_session)
  @forBrowsers({
    id: 'showSignOut',
    summary: 'Ask the user whether to sign out',
    clause: 'OpenID Connect RP-Initiated Logout 1.0 section 2',
    answer: 'A page.',
  })
  showSignOut(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Post(addresses.end_session)
  @form()
  @forBrowsersWithForms({
    id: 'showSignOutByForm',
    summary: 'Ask the user whether to sign out, by a form',
    clause: 'OpenID Connect RP-Initiated Logout 1.0 section 2',
  })
  showSignOutByForm(@Req() request: Request, @Res() response: Response): Promise<void> {
    return formAsQuery(addresses.end_session, request, response);
  }

  @Post(`${addresses.end_session}/confirm`)
  @form()
  @forBrowsers({
    id: 'signOut',
    summary: 'Sign the user out',
    clause: 'OpenID Connect RP-Initiated Logout 1.0 section 2',
    answer: 'The way back to the client.',
  })
  signOut(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }

  @Get(`${addresses.end_session}/success`)
  @forBrowsers({
    id: 'showSignedOut',
    summary: 'Say that the user is signed out',
    clause: 'OpenID Connect RP-Initiated Logout 1.0 section 3',
    answer: 'A page.',
  })
  showSignedOut(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.serve(request, response);
  }
}
