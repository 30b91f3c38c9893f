import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { builtOnce } from './build.js';
import { freePort } from './free-port.js';
import { adminToken } from './test-app.js';

/** A key that instances share, as those of one service do. */
const sharedKey = Buffer.alloc(32, 7).toString('base64url');

/** One process of the built program, which can be killed and started again on the same port and in the same folder. */
export class Instance {
  /** The last of what it printed. */
  output = '';
  private process?: ChildProcess;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly settings: Record<string, string>,
    private readonly program: string,
  ) {}

  /** Starts one; it may not be ready yet. */
  static async start(settings: Record<string, string> = {}): Promise<Instance> {
    const program = join(await builtOnce(), 'main.js');
    const folder = mkdtempSync(join(tmpdir(), 'clientele-instance-'));
    const instance = new Instance(folder, await freePort(), settings, program);
    instance.start();
    return instance;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, or starts it again. */
  start(): void {
    const { PATH = '' } = process.env;
    const defaults = { PORT: String(this.port), ADMIN_TOKEN: adminToken, SECRET_KEY: sharedKey, LOG_LEVEL: 'error' };
    this.process = spawn(process.execPath, [this.program], {
      cwd: this.folder,
      env: { PATH, ...defaults, ...this.settings },
    });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-100_000)));
  }

  /** Waits until it is ready, and answers after how many milliseconds it was; throws what it printed when it ends instead. */
  async ready(within = 180_000): Promise<number> {
    const begun = Date.now();
    for (;;) {
      const isReady = await fetch(`${this.url}/health/ready`).then(
        async (response) => (await response.text()) && response.status === 200,
        () => false,
      );
      if (isReady) return Date.now() - begun;
      if (this.hasEnded) throw new Error(`the program ended:\n${this.output}`);
      if (Date.now() - begun > within) throw new Error(`the program is not ready:\n${this.output}`);
      await wait(20);
    }
  }

  get hasEnded(): boolean {
    return !this.process || this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** What it holds in memory, in bytes. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.process?.pid}/status`, 'utf8');
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  /** Sends it a signal, and answers how it ended and after how many milliseconds. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; milliseconds: number }> {
    const begun = Date.now();
    const { process } = this;
    if (process && !this.hasEnded) {
      const ended = new Promise((resolve) => process.once('close', resolve));
      process.kill(signal);
      await ended;
    }
    return { code: process?.exitCode ?? null, milliseconds: Date.now() - begun };
  }

  /** Ends it, and removes its folder. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts instances together, and waits until all are ready. */
export async function startInstances(settings: readonly Record<string, string>[]): Promise<Instance[]> {
  const instances = await Promise.all(settings.map((one) => Instance.start(one)));
  await Promise.all(instances.map((instance) => instance.ready()));
  return instances;
}
