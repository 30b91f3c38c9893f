/** Whether an algorithm takes its key from the client secret (RFC 7518 sections 3.1 and 4.1). */
export const isSymmetric = (algorithm: unknown): algorithm is string =>
  typeof algorithm === 'string' && /^(?:HS\d+|A\d+(?:GCM)?KW|dir|PBES2-.+)$/.test(algorithm);

/** Whether an algorithm takes a key of the client's own key set (RFC 7518 sections 3.1 and 4.1). */
export const isAsymmetric = (algorithm: unknown): algorithm is string =>
  typeof algorithm === 'string' && algorithm !== 'none' && !isSymmetric(algorithm);
