/**
 * Wraps a task so that at most one run is under way. Requests that come meanwhile, however many,
 * cause one more run, `pauseMs` after the one before. The task must not reject.
 */
export function coalesce(task: () => Promise<void>, pauseMs: number): () => void {
  let running = false;
  let requestedMeanwhile = false;

  async function run(): Promise<void> {
    do {
      requestedMeanwhile = false;
      await task();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    } while (requestedMeanwhile);
    running = false;
  }

  return () => {
    requestedMeanwhile = true;
    if (running) return;
    running = true;
    void run();
  };
}
