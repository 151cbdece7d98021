// Tasks that must not overlap, one after the other in the order of the calls.
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves and rejects as the task does; a task that fails does not stop the next one. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when everything that was started until now has ended. */
  async settle(): Promise<void> {
    await this.#last;
  }
}
