import type { Person } from './protocol/events.ts';

/** Longer lists are cut: nobody reads them, and the browser has to lay them out at each change. */
export const MAX_SHOWN = 500;

export interface PeopleElements {
  list: HTMLElement;
  count: HTMLElement;
  /** Says how many are not shown. */
  more: HTMLElement;
}

/** The list of who is connected: people, whatever number of connections each has. */
export class People {
  readonly #elements: PeopleElements;
  #people: readonly Person[] = [];
  #ownSocketId: string | undefined;

  constructor(elements: PeopleElements) {
    this.#elements = elements;
  }

  /** Marks the person who has this socket as oneself. */
  setOwn(socketId: string | undefined): void {
    this.#ownSocketId = socketId;
    this.#render();
  }

  update(people: readonly Person[]): void {
    this.#people = people;
    this.#render();
  }

  #render(): void {
    const { list, count, more } = this.#elements;
    list.replaceChildren(...this.#people.slice(0, MAX_SHOWN).map((person) => this.#item(person)));
    count.textContent = String(this.#people.length);
    const hiddenCount = Math.max(0, this.#people.length - MAX_SHOWN);
    more.hidden = hiddenCount === 0;
    more.textContent = `and ${hiddenCount} more`;
  }

  #item({ fullName, connections }: Person): HTMLLIElement {
    const item = document.createElement('li');
    const isOwn = connections.some(({ id }) => id === this.#ownSocketId);
    item.textContent = fullName + (isOwn ? ' (you)' : '');
    item.title = connections.map(({ device }) => device).join(', ');
    if (isOwn) item.setAttribute('aria-current', 'true');
    return item;
  }
}
