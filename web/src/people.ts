import { KeyedList } from './keyed-list.ts';
import type { Person } from './protocol/events.ts';

/** Longer lists are cut: nobody reads them, and the browser has to lay them out at each change. */
export const MAX_SHOWN = 500;

export interface PeopleElements {
  list: HTMLElement;
  count: HTMLElement;
  /** Says how many are not shown. */
  more: HTMLElement;
}

/**
 * The list of who is connected: people, whatever number of connections each has. Pressing one begins
 * to talk with them alone.
 */
export class People {
  readonly #elements: PeopleElements;
  readonly #list: KeyedList<Person>;
  #people: readonly Person[] = [];
  #ownSocketId: string | undefined;

  constructor(elements: PeopleElements, talkTo: (person: Person) => void = () => undefined) {
    this.#elements = elements;
    this.#list = new KeyedList(
      elements.list,
      // The name of somebody can change, and so can who it is that looks at the page.
      (person) => JSON.stringify([person.userId, person.fullName, this.#isOwn(person)]),
      (person) => this.#item(person, talkTo),
      (item, person) => describe(item, person),
    );
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
    const { count, more } = this.#elements;
    this.#list.show(this.#people.slice(0, MAX_SHOWN));
    count.textContent = String(this.#people.length);
    const hiddenCount = Math.max(0, this.#people.length - MAX_SHOWN);
    more.hidden = hiddenCount === 0;
    more.textContent = `and ${hiddenCount} more`;
  }

  #isOwn({ connections }: Person): boolean {
    return connections.some(({ id }) => id === this.#ownSocketId);
  }

  #item(person: Person, talkTo: (person: Person) => void): HTMLLIElement {
    const item = document.createElement('li');
    describe(item, person);
    if (this.#isOwn(person)) {
      item.textContent = `${person.fullName} (you)`;
      item.setAttribute('aria-current', 'true');
      return item;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = person.fullName;
    button.setAttribute('aria-label', `Write to ${person.fullName}`);
    button.addEventListener('click', () => talkTo(person));
    item.append(button);
    return item;
  }
}

function describe(item: HTMLElement, { connections }: Person): void {
  item.title = connections.map(({ device }) => device).join(', ');
}
