import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

declare global {
  /** What all files of one run of jest share; removed when it ends. */
  var buildFolder: string;
}

/**
 * Builds the program, unless another file of this run has; answers its `dist`, which is not that of the repository, so that
 * nobody takes it away under a test. Throws what the compiler says.
 */
export async function builtOnce(): Promise<string> {
  const result = join(buildFolder, 'result');
  if (await isFirst()) {
    writeFileSync(`${result}.tmp`, await build());
    renameSync(`${result}.tmp`, result);
  }
  while (!existsSync(result)) await wait(100);
  const fault = readFileSync(result, 'utf8');
  if (fault !== '') throw new Error(fault);
  return join(buildFolder, 'dist');
}

/** Of those who make a folder one succeeds. */
const isFirst = (): Promise<boolean> =>
  mkdir(buildFolder).then(
    () => true,
    () => false,
  );

/** Answers what went wrong, or nothing. */
async function build(): Promise<string> {
  writeFileSync(join(buildFolder, 'package.json'), '{"type":"module"}');
  symlinkSync(resolve('node_modules'), join(buildFolder, 'node_modules'));
  const options = ['--outDir', join(buildFolder, 'dist'), '--incremental', 'false', '--tsBuildInfoFile', 'null'];
  try {
    await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', ...options]);
    return '';
  } catch (error) {
    return String((error as { stdout?: string }).stdout || error);
  }
}
