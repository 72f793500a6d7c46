import { AppError } from '../errors.ts';

/**
 * The result of `work`, or TIMEOUT when it takes longer. The signal then tells the work that nobody waits for it; what
 * it still finds is thrown away.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new AppError(
        'TIMEOUT',
        `This took longer than ${ms / 1000} s and was stopped: ask for less.`,
      );
      reject(error);
      controller.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
