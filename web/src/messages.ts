import type { Follower } from './follow.ts';
import { KeyedList } from './keyed-list.ts';
import type { Line } from './lines.ts';

/** How many colours the style sheet has for people. */
const TINTS = 6;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export interface MessagesElements {
  /** The log around the list: what is added to it is read aloud. */
  log: HTMLElement;
  list: HTMLElement;
}

/** What can be done with a message that was not sent. */
export interface DraftActions {
  retry(clientMsgId: string): void;
  discard(clientMsgId: string): void;
}

/** The list of messages of one room. Texts of other people become text, never markup. */
export class Messages {
  readonly #elements: MessagesElements;
  readonly #follower: Follower;
  readonly #lines: KeyedList<Line>;
  #room: string | undefined;
  #first: string | undefined;
  #last: string | undefined;

  constructor(elements: MessagesElements, follower: Follower, actions: DraftActions) {
    this.#elements = elements;
    this.#follower = follower;
    this.#lines = new KeyedList(
      elements.list,
      ({ key }) => key,
      (line) => lineElement(line, actions),
    );
  }

  /** Shows these, the oldest first. Whoever reads keeps their place, or the end if they are there. */
  show(room: string, lines: readonly Line[]): void {
    const isOtherRoom = room !== this.#room;
    const isOlder = lines[0]?.key !== this.#first;
    // Only what is said now is read aloud, not what was looked up.
    this.#elements.log.setAttribute('aria-live', isOtherRoom || isOlder ? 'off' : 'polite');
    const hasGrown = lines.at(-1)?.key !== this.#last;
    this.#room = room;
    this.#first = lines[0]?.key;
    this.#last = lines.at(-1)?.key;
    if (isOtherRoom) this.#follower.toEnd();
    this.#follower.holdPlace(() => this.#lines.show(lines));
    if (hasGrown) this.#follower.grown();
  }
}

function lineElement(line: Line, actions: DraftActions): HTMLLIElement {
  const name = document.createElement('strong');
  name.textContent = line.fullName;
  const text = document.createElement('span');
  text.textContent = line.text;

  const item = document.createElement('li');
  item.append(name, ' ', timeElement(line.sentAt), ' ', text);
  item.classList.toggle('own', line.isOwn);
  item.dataset.initial = [...line.fullName.trim()][0]?.toUpperCase() ?? '?';
  item.dataset.tint = String(tintOf(line.who));
  if (line.draft !== undefined) addDraft(item, line.draft, actions);
  return item;
}

/** Says that it is on its way, or why it was not sent and what can be done. */
function addDraft(
  item: HTMLElement,
  { clientMsgId, isFailed, why }: NonNullable<Line['draft']>,
  actions: DraftActions,
): void {
  item.dataset.state = isFailed ? 'failed' : 'sending';
  const note = document.createElement('em');
  note.textContent = isFailed ? `Not sent. ${why}` : 'Sending…';
  item.append(' ', note);
  if (!isFailed) return;
  const buttons = document.createElement('p');
  buttons.append(
    button('Send again', () => actions.retry(clientMsgId)),
    ' ',
    button('Discard', () => actions.discard(clientMsgId)),
  );
  item.append(buttons);
}

function button(label: string, act: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'quiet';
  element.textContent = label;
  element.addEventListener('click', act);
  return element;
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
