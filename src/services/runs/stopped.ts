/**
 * Why a task must end before its work does:
 * CANCELLED somebody cancelled the run · STOPPING this process ends, another one goes on ·
 * TAKEN_OVER another process performs the task: this one was thought dead.
 */
export type StopCause = 'CANCELLED' | 'STOPPING' | 'TAKEN_OVER';

const MESSAGES: Record<StopCause, string> = {
  CANCELLED: 'The run was cancelled.',
  STOPPING: 'The process is stopping; the task goes on elsewhere.',
  TAKEN_OVER: 'Another process performs this task now.',
};

/** Not a failure: the reason of a task's abort signal, and what its checkpoint throws then. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
  readonly stopCause: StopCause;

  constructor(stopCause: StopCause) {
    super(MESSAGES[stopCause]);
    this.stopCause = stopCause;
  }
}
