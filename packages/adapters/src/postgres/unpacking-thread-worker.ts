import { parentPort } from 'node:worker_threads';
import { helpUnpack, type UnpackJob } from './unpack-job.ts';

/** Helps with jobs one after the other, and says after each that it is over. */
parentPort?.on('message', (job: UnpackJob) => {
  helpUnpack(job);
  parentPort?.postMessage('over');
});
