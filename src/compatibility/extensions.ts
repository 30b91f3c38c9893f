import { type Compatibility, portals } from './portals.js';
import type { Quirk } from './quirk.js';
import { foreignApplicationType, nestedMetadata, portalApplicationType, portalMetadata } from './quirks.js';

type Kept = { readonly type: 'string'; readonly maxLength: number } | { readonly type: 'object' };

/** Where each quirk keeps what it translates. */
const keptBy: readonly (readonly [Quirk, string, Kept])[] = [
  [foreignApplicationType, portalApplicationType, { type: 'string', maxLength: 64 }],
  [nestedMetadata, portalMetadata, { type: 'object' }],
];

/** The members that templates of a compatibility have without declaring them. */
export const extensionsOf = (compatibility: Compatibility): Readonly<Record<string, Kept>> =>
  Object.fromEntries(
    keptBy.filter(([quirk]) => portals[compatibility].quirks.includes(quirk)).map(([, member, kept]) => [member, kept]),
  );
