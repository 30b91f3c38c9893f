import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../administrators/administrators.service.js';
import { Environment } from '../config/environment.js';
import { Access, Caller } from '../http/access.guard.js';
import { JsonBody } from '../http/json-body.js';
import { isIdPosition } from '../http/cursor.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { readChange } from './account-change.js';
import { Accounts } from './accounts.service.js';
import { AccountChange, AccountPage, AccountRequest, AccountView } from './dto/account.dto.js';

const path = '/admin/accounts';
const id = ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } });
const refusalsOfBody = ['invalid_request', ...tokenRefusals, 'conflict'] as const;

@ApiTags('Accounts')
@Controller('admin/accounts')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly environment: Environment,
  ) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'accounts:write' })
  @ApiBody({
    type: AccountRequest,
    examples: {
      user: {
        summary: 'A user who signs in with a password',
        value: { username: 'ada', password: 'seven green lamps at noon', email: 'ada@users.example' },
      },
    },
  })
  @Operation({
    id: 'makeAccount',
    summary: 'Make an account',
    description: 'Somebody who can sign in at the token service. The password is kept as a sealed hash of argon2id.',
    token: 'administrator_token',
    answer: { status: 201, description: 'The account.', type: AccountView },
    refusals: [...refusalsOfBody, ...bodyRefusals],
  })
  make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
  ): Promise<AccountView> {
    return this.accounts.make(readStrictly(AccountRequest, document), administrator);
  }

  @Get()
  @Access({ by: 'administrator', scope: 'accounts:read' })
  @PageParameters()
  @Operation({
    id: 'listAccounts',
    summary: 'List accounts',
    description: 'In the order in which they were made; never their passwords.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'A page of accounts.',
      type: AccountPage,
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  list(@Query() query: Record<string, unknown>, @Res({ passthrough: true }) response: Response): Promise<AccountPage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isIdPosition,
      find: (limit, after) => this.accounts.list(limit, after),
      positionOf: ({ id: position }) => position,
    });
  }

  @Patch(':id')
  @Access({ by: 'administrator', scope: 'accounts:write' })
  @id
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiBody({
    type: AccountChange,
    examples: {
      password: { summary: 'Give another password', value: { password: 'nine blue kites in the rain' } },
      disable: { summary: 'Let somebody in no more', value: { status: 'disabled' } },
    },
  })
  @Operation({
    id: 'changeAccount',
    summary: 'Change an account',
    description:
      'A JSON merge patch (RFC 7396). Another password, and being disabled, end every session and token of the user at once.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The account.', type: AccountView },
    refusals: [...refusalsOfBody, 'not_found', ...bodyRefusals],
  })
  change(
    @Param('id') accountId: string,
    @JsonBody({ malformed: 'invalid_request', mediaTypes: ['application/merge-patch+json', 'application/json'] })
    patch: JsonObject,
    @Caller() administrator: Administrator,
  ): Promise<AccountView> {
    return this.accounts.change(accountId, readChange(patch), administrator);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'accounts:write' })
  @id
  @Operation({
    id: 'removeAccount',
    summary: 'Remove an account',
    description: 'With every session and token of the user, at once and for good; its id is never given again.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It is gone.' },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async remove(@Param('id') accountId: string, @Caller() administrator: Administrator): Promise<void> {
    await this.accounts.remove(accountId, administrator);
  }
}
