import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel counts of a process, in a tick of a hundredth of a second; nothing where there is no `/proc`. */
const tick = 0.01;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** The words of `/proc/<pid>/stat` after the name, which may hold blanks itself. */
const words = (pid) =>
  read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');

/** A process and all that it started, and so on. */
export function familyOf(pid) {
  const processes = (read('/proc/self/stat') ? readdirSync('/proc') : []).filter((name) => /^\d+$/.test(name));
  const parents = new Map(processes.map((one) => [Number(one), Number(words(one)?.[1])]));
  const family = [pid];
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child);
  return family;
}

/** Seconds that processes have computed up to now, and those of theirs that have ended. */
export const computed = (pids) =>
  pids.reduce((sum, pid) => {
    const times = words(pid)?.slice(11, 15) ?? [];
    return sum + tick * times.reduce((all, time) => all + Number(time), 0);
  }, 0);

const memory = (pid, what) => {
  const found = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`) ?? '');
  return found && (Number(found[1]) * 1024) / 1e6;
};

/** Megabytes that a process has resident now. */
export const residentMegabytes = (pid) => memory(pid, 'VmRSS');

/** The most megabytes that a process ever had resident. */
export const peakMegabytes = (pid) => memory(pid, 'VmHWM');
