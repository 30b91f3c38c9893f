import { type Compatibility, portals } from './portals.js';
import { foreignApplicationType, portalApplicationType } from './quirks.js';

interface KeptText {
  readonly type: 'string';
  readonly maxLength: number;
}

/** The members that templates of a compatibility have without declaring them: where what was translated is kept as it was. */
export const extensionsOf = (compatibility: Compatibility): Readonly<Record<string, KeptText>> =>
  portals[compatibility].quirks.includes(foreignApplicationType)
    ? { [portalApplicationType]: { type: 'string', maxLength: 64 } }
    : {};
