import { ApiProperty, OmitType } from '@nestjs/swagger';
import { templateStatuses } from '../client-template.js';
import { TemplateDocument, statuses } from './template-document.dto.js';
import { PageOf } from '../../http/paging.js';

/** A template as administrators see it: its newest version as it was written. */
export class TemplateView extends OmitType(TemplateDocument, ['status']) {
  @ApiProperty({ description: 'Which version it is; the first is 1.' })
  version: number;

  @ApiProperty({ enum: templateStatuses, description: 'A template that is retired never comes back.' })
  status: (typeof templateStatuses)[number];

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  updated_at: number;
}

/** A version of a template as it was written. */
export class TemplateVersionView extends OmitType(TemplateDocument, ['status']) {
  @ApiProperty({ description: 'Which version it is; the first is 1.' })
  version: number;

  @ApiProperty({ enum: statuses, description: 'The status that it was written with.' })
  status: (typeof statuses)[number];

  @ApiProperty({ description: 'When it was written, in seconds since the epoch.' })
  created_at: number;
}

/** A page of templates in the order in which they were made. */
export class TemplatePage extends PageOf(TemplateView) {}

/** A page of the versions of a template, oldest first. */
export class TemplateVersionPage extends PageOf(TemplateVersionView) {}
