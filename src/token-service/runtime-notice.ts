const { warn } = console;

// oidc-provider writes a line to stderr on every start on a Node.js that is older than it prefers. All of our tests run
// on the oldest that package.json names, so the line says nothing that an operator should act upon.
console.warn = (...words: unknown[]): void => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words);
};

/** Warns as before, once oidc-provider is loaded. */
export const noticeAgain = (): void => {
  console.warn = warn;
};
