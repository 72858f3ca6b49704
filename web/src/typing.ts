import type { TypingNotice } from './protocol/events.ts';

/** How long someone counts as writing after the last notice of it. */
const FORGET_MS = 6_000;

interface Writer {
  fullName: string;
  forget: ReturnType<typeof setTimeout>;
}

/** Says who is writing something at the moment. Names become text, never markup. */
export class TypingNote {
  readonly #note: HTMLElement;
  readonly #ownUserId: () => string | undefined;
  readonly #writers = new Map<string, Writer>();

  constructor(note: HTMLElement, ownUserId: () => string | undefined) {
    this.#note = note;
    this.#ownUserId = ownUserId;
  }

  /** Someone is writing, perhaps the own user on another device. */
  heard({ userId, fullName }: TypingNotice): void {
    if (userId === this.#ownUserId()) return;
    clearTimeout(this.#writers.get(userId)?.forget);
    const forget = setTimeout(() => this.stopped(userId), FORGET_MS);
    this.#writers.set(userId, { fullName, forget });
    this.#render();
  }

  /** Their message has arrived, or they have thought better of it. */
  stopped(userId: string): void {
    clearTimeout(this.#writers.get(userId)?.forget);
    if (this.#writers.delete(userId)) this.#render();
  }

  clear(): void {
    for (const userId of [...this.#writers.keys()]) this.stopped(userId);
  }

  #render(): void {
    const text = sentence([...this.#writers.values()].map(({ fullName }) => fullName));
    // A screen reader should not hear again what it has just said.
    if (this.#note.textContent !== text) this.#note.textContent = text;
  }
}

function sentence(names: string[]): string {
  const [first, second] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is writing…`;
  if (names.length === 2) return `${first} and ${second} are writing…`;
  return `${names.length} people are writing…`;
}
