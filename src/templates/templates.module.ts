import { Module } from '@nestjs/common';
import { TemplateStore } from './template.store.js';
import { Templates } from './templates.service.js';

/** What kinds of clients there may be. */
@Module({ providers: [Templates, TemplateStore], exports: [Templates] })
export class TemplatesModule {}
