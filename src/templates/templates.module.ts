import { Module } from '@nestjs/common';
import { Templates } from './templates.service.js';

/** What kinds of clients there may be. */
@Module({ providers: [Templates], exports: [Templates] })
export class TemplatesModule {}
