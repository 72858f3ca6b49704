import { type Room, titleOf } from './model/rooms.ts';
import type { RoomMember } from './protocol/events.ts';

export interface RoomHeadElements {
  title: HTMLElement;
  /** Folds out who is in the room. */
  members: HTMLDetailsElement;
  list: HTMLElement;
  leave: HTMLButtonElement;
}

export interface RoomHeadListener {
  /** Who is in a room; nothing, if nobody can tell. */
  members(room: string): Promise<RoomMember[] | undefined>;
  leave(room: Room): void;
}

/** More members are not named. */
const MAX_SHOWN = 500;

/** What stands above the messages: which room it is, who is in it, and the way out. */
export class RoomHead {
  readonly #elements: RoomHeadElements;
  readonly #listener: RoomHeadListener;
  #room: Room | undefined;

  constructor(elements: RoomHeadElements, listener: RoomHeadListener) {
    this.#elements = elements;
    this.#listener = listener;
    elements.members.addEventListener('toggle', () => void this.#list());
    elements.leave.addEventListener('click', () => {
      if (this.#room !== undefined) listener.leave(this.#room);
    });
  }

  show(room: Room): void {
    const { title, members, leave } = this.#elements;
    if (room !== this.#room) members.open = false;
    this.#room = room;
    const text = titleOf(room);
    if (title.textContent !== text) title.textContent = text;
    // In the lobby is everyone, and between two people nobody else.
    const isNamed = room.name !== 'lobby' && !room.name.startsWith('direct:');
    members.hidden = !isNamed;
    leave.hidden = !isNamed;
  }

  async #list(): Promise<void> {
    const { members, list } = this.#elements;
    const room = this.#room;
    list.replaceChildren();
    if (!members.open || room === undefined) return;
    const known = await this.#listener.members(room.name);
    if (room !== this.#room || !members.open) return;
    const names = known?.map(({ fullName }) => fullName) ?? ['Nobody can tell at the moment.'];
    const surplus = names.length - MAX_SHOWN;
    const more = surplus > 0 ? [`and ${surplus} more`] : [];
    list.replaceChildren(...[...names.slice(0, MAX_SHOWN), ...more].map(nameElement));
  }
}

function nameElement(name: string): HTMLLIElement {
  const item = document.createElement('li');
  item.textContent = name;
  return item;
}
