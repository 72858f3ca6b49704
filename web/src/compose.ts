import type { SendResult } from './session.ts';

export interface ComposeElements {
  form: HTMLFormElement;
  input: HTMLInputElement;
  /** Says what went wrong with a message. */
  note: HTMLElement;
}

/** How often the others are told that something is being written. */
const NOTICE_EVERY_MS = 3_000;

/** The line in which messages are written. */
export class Compose {
  readonly #elements: ComposeElements;
  readonly #send: (message: string) => Promise<SendResult>;
  readonly #tellOfWriting: () => void;
  #nextNoticeMs = 0;

  /** Listens to the form once, for the life of the page, whatever socket there is. */
  constructor(
    elements: ComposeElements,
    send: (message: string) => Promise<SendResult>,
    tellOfWriting: () => void,
  ) {
    this.#elements = elements;
    this.#send = send;
    this.#tellOfWriting = tellOfWriting;
    elements.input.addEventListener('input', () => this.#written());
    elements.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  showProblem(why: string): void {
    this.#elements.note.textContent = why;
  }

  focus(): void {
    this.#elements.input.focus();
  }

  #written(): void {
    const nowMs = Date.now();
    if (nowMs < this.#nextNoticeMs || this.#elements.input.value.trim() === '') return;
    this.#nextNoticeMs = nowMs + NOTICE_EVERY_MS;
    this.#tellOfWriting();
  }

  async #submit(): Promise<void> {
    const { input } = this.#elements;
    const message = input.value;
    if (message.trim() === '') return;
    input.value = '';
    this.#nextNoticeMs = 0;
    this.showProblem('');
    const result = await this.#send(message);
    if (result.sent) return;
    this.showProblem(result.why);
    // Give the text back, unless the next one has been begun.
    if (input.value === '') input.value = message;
  }
}
