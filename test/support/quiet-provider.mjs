// oidc-provider warns in each process that it prefers a newer Node.js; package.json says which ones it was tested on.
const { warn } = console;
console.warn = (...words) => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words);
};
