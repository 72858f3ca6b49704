import type { Follower } from './follow.ts';
import type { ChatMessage, MessageMeta } from './protocol/events.ts';

/** Older messages leave the page. */
export const MAX_MESSAGES = 500;

/** How many colours the style sheet has for people. */
const TINTS = 6;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** The list of messages. Texts of other people become text, never markup. */
export class Messages {
  readonly #list: HTMLElement;
  readonly #follower: Follower;
  readonly #ownUserId: () => string | undefined;

  constructor(list: HTMLElement, follower: Follower, ownUserId: () => string | undefined) {
    this.#list = list;
    this.#follower = follower;
    this.#ownUserId = ownUserId;
  }

  append(message: ChatMessage, meta: MessageMeta | undefined): void {
    const isOwn = meta !== undefined && meta.userId === this.#ownUserId();
    this.#list.append(messageItem(message, meta, isOwn));
    while (this.#list.childElementCount > MAX_MESSAGES) this.#list.firstElementChild?.remove();
    this.#follower.grown();
  }
}

function messageItem(
  { fullName, message }: ChatMessage,
  meta: MessageMeta | undefined,
  isOwn: boolean,
): HTMLLIElement {
  const name = document.createElement('strong');
  name.textContent = fullName;
  const text = document.createElement('span');
  text.textContent = message;

  const item = document.createElement('li');
  item.append(name, ' ', timeElement(meta?.sentAt), ' ', text);
  item.classList.toggle('own', isOwn);
  item.dataset.initial = [...String(fullName).trim()][0]?.toUpperCase() ?? '?';
  item.dataset.tint = String(tintOf(meta?.userId ?? String(fullName)));
  return item;
}

/** The server's time, else that of the arrival. */
function timeElement(sentAt: string | undefined): HTMLTimeElement {
  const parsed = new Date(sentAt ?? Number.NaN);
  const date = Number.isNaN(parsed.getTime()) ? new Date() : parsed;
  const isToday = date.toDateString() === new Date().toDateString();

  const element = document.createElement('time');
  element.dateTime = date.toISOString();
  element.textContent = (isToday ? timeOfDay : dayAndTime).format(date);
  element.title = date.toLocaleString();
  return element;
}

/** The same person always has the same colour. */
function tintOf(who: string): number {
  let hash = 0;
  for (const char of who) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % TINTS;
}
