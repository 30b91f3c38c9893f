/** Loaded into the program with `--import`, and `--expose-gc`: answers the megabytes that are in use after a collection. */
process.on('message', () => {
  globalThis.gc();
  process.send({ heap: process.memoryUsage().heapUsed / 1e6 });
});
