import type { JsonObject } from '../http/strict-json.js';

/** What a document is for, as far as that matters to its meaning. */
export interface Occasion {
  /** The client that the document is to replace; absent where it is to become a new one. */
  readonly clientId?: string;
}

/** One way in which portals depart from the standards. */
export interface Quirk {
  /** What traces and refusals call it. */
  readonly name: string;
  /** The member that it is about. */
  readonly member: string;
  /** The document as the standards would say it; the very same one where the quirk is not in it. */
  readonly translate: (document: JsonObject, occasion: Occasion) => JsonObject;
}
