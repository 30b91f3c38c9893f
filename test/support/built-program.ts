import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtOnce } from './build.js';

/** How a command ended, and what it printed. */
export interface Ended {
  /** Absent when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands of the built program, and a folder that they run in. */
export class BuiltProgram {
  private constructor(readonly folder: string) {}

  static async build(): Promise<BuiltProgram> {
    const folder = mkdtempSync(join(tmpdir(), 'clientele-built-'));
    mkdirSync(join(folder, 'run'));
    symlinkSync(await builtOnce(), join(folder, 'dist'));
    return new BuiltProgram(folder);
  }

  /**
   * Runs one of its commands, with nothing but `settings` in its environment; `kill` ends it with SIGKILL as soon as it
   * has printed that; `input` is its standard input.
   */
  run(name: string, options: string[], settings: Record<string, string>, kill?: string, input = ''): Promise<Ended> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [join(this.folder, 'dist', name), ...options], {
      cwd: join(this.folder, 'run'),
      env: { PATH, ...settings },
    });
    // It may have ended before it read.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (kill !== undefined && stdout.includes(kill)) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((ended) => child.once('close', (code) => ended({ code, stdout, stderr })));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
