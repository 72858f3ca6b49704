import type { Result } from './api.ts';
import { coalesce } from './coalesce.ts';
import type { ConnectedClient } from './protocol/rest.ts';

/** Longer lists are cut: nobody reads them, and the browser has to lay them out at each change. */
export const MAX_SHOWN = 500;

/** Time between two look-ups of names, when people come faster than that. */
const LOOKUP_PAUSE_MS = 500;

/** Time until a look-up that failed is tried again. */
const RETRY_MS = 5_000;

export interface PeopleElements {
  list: HTMLElement;
  count: HTMLElement;
  /** Says how many are not shown. */
  more: HTMLElement;
}

/** The list of who is connected. The server sends socket ids; the names are looked up. */
export class People {
  readonly #elements: PeopleElements;
  readonly #fetchClients: () => Promise<Result<ConnectedClient[]>>;
  readonly #lookUpNames: () => void;
  #ids: readonly string[] = [];
  #ownId: string | undefined;
  #names: ReadonlyMap<string, string> = new Map();
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    elements: PeopleElements,
    fetchClients: () => Promise<Result<ConnectedClient[]>>,
    lookupPauseMs = LOOKUP_PAUSE_MS,
  ) {
    this.#elements = elements;
    this.#fetchClients = fetchClients;
    this.#lookUpNames = coalesce(() => this.#fetchNames(), lookupPauseMs);
  }

  /** Marks this socket as the own one. */
  setOwn(socketId: string): void {
    this.#ownId = socketId;
    this.#render();
  }

  update(socketIds: readonly string[]): void {
    this.#ids = socketIds;
    this.#render();
    if (this.#someNameIsUnknown()) this.#lookUpNames();
  }

  clear(): void {
    clearTimeout(this.#retry);
    this.#ownId = undefined;
    this.#names = new Map();
    this.update([]);
  }

  async #fetchNames(): Promise<void> {
    clearTimeout(this.#retry);
    if (!this.#someNameIsUnknown()) return;
    const answer = await this.#fetchClients();
    if (answer.ok) {
      this.#names = new Map(answer.value.map(({ id, fullName }) => [id, fullName]));
      this.#render();
    } else if (answer.status === 0 || answer.status === 429 || answer.status >= 500) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(this.#lookUpNames, RETRY_MS);
    }
  }

  #someNameIsUnknown(): boolean {
    return this.#ids.some((id) => !this.#names.has(id));
  }

  #render(): void {
    const { list, count, more } = this.#elements;
    list.replaceChildren(...this.#ids.slice(0, MAX_SHOWN).map((id) => this.#item(id)));
    count.textContent = String(this.#ids.length);
    const hiddenCount = Math.max(0, this.#ids.length - MAX_SHOWN);
    more.hidden = hiddenCount === 0;
    more.textContent = `and ${hiddenCount} more`;
  }

  #item(id: string): HTMLLIElement {
    const item = document.createElement('li');
    const name = this.#names.get(id);
    const isOwn = id === this.#ownId;
    item.textContent = (name ?? id) + (isOwn ? ' (you)' : '');
    item.title = id;
    item.classList.toggle('unnamed', name === undefined);
    if (isOwn) item.setAttribute('aria-current', 'true');
    return item;
  }
}
