import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { hostPattern } from '../../metadata/host-pattern.js';
import { mostEntries } from '../../metadata/limits.js';

const tenYears = 315_360_000;
const mostOfAll = 1_000_000_000;

const wholeNumber = (description: string, maximum: number) =>
  applyDecorators(
    ApiPropertyOptional({ description, type: 'integer', minimum: 0, maximum, default: 0 }),
    IsOptional(),
    IsInt(),
    Min(0),
    Max(maximum),
  );

/** Seconds, 0 for no end. */
export const Duration = (description: string) => wholeNumber(description, tenYears);

/** A number of things, 0 for any. */
export const Count = (description: string) => wholeNumber(description, mostOfAll);

/** True or false, with what it is when it is left out. */
export const YesOrNo = (description: string, fallback: boolean) =>
  applyDecorators(ApiPropertyOptional({ description, default: fallback }), IsOptional(), IsBoolean());

/** A list with at least one entry and none twice; what its entries are is said beside it. */
export const SomeOf = () => applyDecorators(IsArray(), ArrayMinSize(1), ArrayMaxSize(mostEntries), ArrayUnique());

/** A list of hosts, for a member that is called so. */
export const HostPatterns = () =>
  applyDecorators(
    SomeOf(),
    IsString({ each: true }),
    Matches(hostPattern, {
      each: true,
      message: 'hosts must be lower-case host names, each optionally with *. in front',
    }),
  );
