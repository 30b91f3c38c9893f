import { rmSync } from 'node:fs';

/** Removes the build that the files of a run shared, when the run is over. */
export default class RemoveBuild {
  constructor(_config, { buildFolder }) {
    this.buildFolder = buildFolder;
  }

  onRunComplete() {
    rmSync(this.buildFolder, { recursive: true, force: true });
  }
}
