import { readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem, type } from 'node:os';
import { round } from './figures.mjs';

/** What a result is worth nothing without. */
export const machine = () => ({
  processor: cpus()[0].model,
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  system: `${type()} ${process.arch}`,
  node: process.version,
  disk: disk(),
  /** How busy others keep it. */
  load: round(loadavg()[0]),
});

/** A file system in memory writes nothing, which makes durability cost nothing. */
function disk() {
  const known = { 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs: no disk at all' };
  return `databases on ${known[statfsSync(tmpdir()).type] ?? 'an unknown file system'}`;
}

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The versions that are measured. */
export const versionOf = (dependency) => `${dependency} ${dependencies[dependency]}`;
