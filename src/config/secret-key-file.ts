import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { secretKeys, VariableFault } from './variables.js';

/**
 * The key beside an SQLite database, made when neither of the two is there yet.
 * A database without its key is refused: under a new key every stored credential would fail without a word. Who only
 * looks gets none where there is none yet.
 */
export function ensureSecretKey(databasePath: string, { onlyLooks = false } = {}): readonly Buffer[] {
  const path = join(dirname(databasePath), 'secret.key');
  try {
    if (existsSync(path)) return readKeys(path);
    if (hasRows(databasePath))
      throw new VariableFault(
        `${databasePath} has credentials, but their key ${path} is gone: restore it, or set SECRET_KEY`,
      );
    if (onlyLooks) return [];
    mkdirSync(dirname(path), { recursive: true });
    const key = randomBytes(32);
    writeFileSync(path, `${key.toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    return [key];
  } catch (error) {
    if (error instanceof VariableFault) throw error;
    throw new VariableFault(
      `cannot make or read ${path} (${(error as NodeJS.ErrnoException).code}); set SECRET_KEY instead`,
    );
  }
}

function readKeys(path: string): readonly Buffer[] {
  try {
    return secretKeys(readFileSync(path, 'utf8').trim());
  } catch (error) {
    if (error instanceof VariableFault) throw new VariableFault(`${path}: ${error.message}`);
    throw error;
  }
}

/** Whether there is a database with something in it. */
function hasRows(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && found.size > 0;
}
