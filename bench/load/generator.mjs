import { closedLoop } from './closed-loop.mjs';
import { flood } from './flood.mjs';
import { openLoop } from './open-loop.mjs';

/** The process that the load comes from: does one job after the other, each of them a message, and answers its figures. */
const loops = { closed: closedLoop, open: openLoop, flood };

process.on('message', ({ loop, ...job }) => {
  loops[loop](job).then(
    (figures) => process.send({ figures }),
    (error) => process.send({ fault: error.message }),
  );
});
