// When it sounds: each message that arrives while the program runs, and what had waited at the relay once, all together.
// Kept by the model.
export class ArrivalSounds {
  readonly #play: () => void;
  #isCaughtUp = false;
  #hasMissed = false;

  constructor(play: () => void) {
    this.#play = play;
  }

  arrive(): void {
    if (this.#isCaughtUp) this.#play();
    else this.#hasMissed = true;
  }

  catchUp(): void {
    this.#isCaughtUp = true;
    if (this.#hasMissed) this.#play();
    this.#hasMissed = false;
  }
}
