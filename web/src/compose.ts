import { LOBBY } from './model/rooms.ts';

export interface ComposeElements {
  form: HTMLFormElement;
  input: HTMLInputElement;
  /** Says what went wrong with a message. */
  note: HTMLElement;
}

export interface ComposeListener {
  /** A message is to be sent. Gives the reason if it cannot be. */
  send(room: string, message: string): string | undefined;
  /** Something is being written. */
  writing(room: string): void;
}

/** How often the others are told that something is being written. */
const NOTICE_EVERY_MS = 3_000;

/** The line in which messages are written. What was begun in a room waits there. */
export class Compose {
  readonly #elements: ComposeElements;
  readonly #listener: ComposeListener;
  /** What was begun in other rooms. */
  readonly #begun = new Map<string, string>();
  #room = LOBBY;
  #nextNoticeMs = 0;

  /** Listens to the form once, for the life of the page, whatever socket there is. */
  constructor(elements: ComposeElements, listener: ComposeListener) {
    this.#elements = elements;
    this.#listener = listener;
    elements.input.addEventListener('input', () => this.#written());
    elements.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Another room is open. */
  show(room: string): void {
    if (room === this.#room) return;
    const { input } = this.#elements;
    this.#begun.set(this.#room, input.value);
    if (input.value === '') this.#begun.delete(this.#room);
    input.value = this.#begun.get(room) ?? '';
    this.#begun.delete(room);
    this.#room = room;
    this.#nextNoticeMs = 0;
    this.showProblem('');
  }

  showProblem(why: string): void {
    this.#elements.note.textContent = why;
  }

  /** Gives a text back that was not sent, unless the next one has been begun. */
  giveBack(room: string, message: string): boolean {
    const { input } = this.#elements;
    const begun = room === this.#room ? input.value : (this.#begun.get(room) ?? '');
    if (begun !== '') return false;
    if (room === this.#room) input.value = message;
    else this.#begun.set(room, message);
    return true;
  }

  /** Takes that back, if nothing was changed about it. */
  takeBack(room: string, message: string): void {
    const { input } = this.#elements;
    if (room === this.#room && input.value === message) input.value = '';
    if (this.#begun.get(room) === message) this.#begun.delete(room);
  }

  /** Somebody else uses the page. */
  clear(): void {
    this.#begun.clear();
    this.#elements.input.value = '';
  }

  focus(): void {
    this.#elements.input.focus();
  }

  #written(): void {
    const nowMs = Date.now();
    if (nowMs < this.#nextNoticeMs || this.#elements.input.value.trim() === '') return;
    this.#nextNoticeMs = nowMs + NOTICE_EVERY_MS;
    this.#listener.writing(this.#room);
  }

  #submit(): void {
    const { input } = this.#elements;
    const message = input.value;
    if (message.trim() === '') return;
    this.showProblem('');
    const problem = this.#listener.send(this.#room, message);
    if (problem !== undefined) {
      this.showProblem(problem);
      return;
    }
    input.value = '';
    this.#nextNoticeMs = 0;
  }
}
