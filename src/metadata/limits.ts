/** How many entries a list may have. */
export const mostEntries = 100;
