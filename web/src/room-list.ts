import { KeyedList } from './keyed-list.ts';
import { type Room, titleOf } from './model/rooms.ts';

export interface RoomListElements {
  list: HTMLElement;
  form: HTMLFormElement;
  input: HTMLInputElement;
  /** Says why a room could not be joined. */
  note: HTMLElement;
}

export interface RoomListListener {
  /** A room was chosen, which may have to be joined first. */
  chosen(room: Room): void;
  /** A room is to be joined by its name. Gives the reason if that fails. */
  join(name: string): Promise<string | undefined>;
}

export interface ShownRoom {
  room: Room;
  isOpen: boolean;
  unread: number;
}

/** Higher numbers of unread messages are not told: nobody counts on. */
const MAX_COUNT = 99;

/** The rooms and conversations, each a button, with what is unread; and the way to other rooms. */
export class RoomList {
  readonly #elements: RoomListElements;
  readonly #listener: RoomListListener;
  readonly #rooms: KeyedList<ShownRoom>;
  #isBusy = false;
  #open: string | undefined;

  constructor(elements: RoomListElements, listener: RoomListListener) {
    this.#elements = elements;
    this.#listener = listener;
    this.#rooms = new KeyedList(
      elements.list,
      ({ room }) => room.name,
      (shown) => roomElement(shown, () => listener.chosen(shown.room)),
      update,
    );
    elements.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#join();
    });
  }

  show(rooms: readonly ShownRoom[]): void {
    this.#rooms.show(rooms);
    const open = rooms.find(({ isOpen }) => isOpen)?.room.name;
    if (open === this.#open) return;
    this.#open = open;
    const button = this.#elements.list.querySelector('[aria-current]');
    button?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  showProblem(why: string): void {
    this.#elements.note.textContent = why;
  }

  async #join(): Promise<void> {
    const { input } = this.#elements;
    const name = input.value.trim();
    if (name === '' || this.#isBusy) return;
    this.#isBusy = true;
    this.showProblem('');
    const why = await this.#listener.join(name);
    this.#isBusy = false;
    this.showProblem(why ?? '');
    if (why === undefined) input.value = '';
  }
}

function roomElement(shown: ShownRoom, choose: () => void): HTMLLIElement {
  const button = document.createElement('button');
  button.type = 'button';
  const name = document.createElement('span');
  name.className = 'name';
  const mark = document.createElement('span');
  mark.className = 'mark';
  const forReaders = document.createElement('span');
  forReaders.className = 'for-readers';
  button.append(name, ' ', mark, ' ', forReaders);
  button.addEventListener('click', choose);
  const item = document.createElement('li');
  item.append(button);
  update(item, shown);
  return item;
}

function update(item: HTMLElement, { room, isOpen, unread }: ShownRoom): void {
  item.dataset.room = room.name;
  item.dataset.kind = room.name.startsWith('direct:') ? 'direct' : 'room';
  const [button] = item.children;
  if (isOpen) button?.setAttribute('aria-current', 'true');
  else button?.removeAttribute('aria-current');
  const [name, mark, forReaders] = button?.children ?? [];
  setText(name, titleOf(room));
  setText(mark, room.isJoined ? countOf(unread) : 'Join');
  setText(forReaders, unread === 0 ? '' : unread === 1 ? 'unread message' : 'unread messages');
}

function countOf(unread: number): string {
  if (unread === 0) return '';
  return unread > MAX_COUNT ? `${MAX_COUNT}+` : String(unread);
}

function setText(element: Element | undefined, text: string): void {
  if (element !== undefined && element.textContent !== text) element.textContent = text;
}
