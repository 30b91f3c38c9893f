import { Entity, Index } from 'typeorm';
import { Document, Key, KeyNumber, Text, Time, WholeNumber } from '../data-sources/columns.js';
import type { ClientTemplate, DefaultableRegistrar } from './client-template.js';
import type { TemplateDocument } from './dto/template-document.dto.js';

/** What a template is now: which version is the newest, and whether clients come under it. */
@Entity('client_templates')
@Index('client_templates_created_at_id', ['createdAt', 'id'])
export class TemplateState {
  @Key('id', 64)
  id: string;

  @WholeNumber('version')
  version: number;

  @Text('status', 16)
  status: ClientTemplate['status'];

  @Time('created_at')
  createdAt: number;

  @Time('updated_at')
  updatedAt: number;
}

/** One version of a template as it was written; it never changes. */
@Entity('client_template_versions')
export class TemplateVersion {
  @Key('id', 64)
  id: string;

  @KeyNumber('version')
  version: number;

  @Document('document')
  document: TemplateDocument;

  @Time('created_at')
  createdAt: number;
}

/**
 * Which template is the default for a kind of registrar. There is a row for each kind from the start, so that a change of
 * one row decides between templates that want it at the same time, whatever instance they come through.
 */
@Entity('client_template_defaults')
export class DefaultTemplate {
  @Key('registrar', 32)
  registrar: DefaultableRegistrar;

  @Text('template_id', 64, { nullable: true })
  templateId: string | null;
}
