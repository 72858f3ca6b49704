import type { Chat, ChatListener } from './chat.ts';
import { Compose } from './compose.ts';
import { Follower } from './follow.ts';
import { Messages } from './messages.ts';
import type { Draft } from './model/outbox.ts';
import type { Room } from './model/rooms.ts';
import { byId } from './page.ts';
import type { TypingNotice } from './protocol/events.ts';
import type { Requests } from './requests.ts';
import { RoomHead } from './room-head.ts';
import { RoomList } from './room-list.ts';
import { TypingNote } from './typing.ts';

/** The rooms and the conversation on the page: thin parts over a chat, which may be another later. */
export class ChatView implements ChatListener {
  readonly #requests: Requests;
  #chat: Chat | undefined;
  /** The last message that was refused and whose text was given back. */
  #returned: Draft | undefined;
  readonly #older = byId('btn-older', HTMLButtonElement);
  readonly #empty = byId('messages-empty', HTMLElement);
  readonly #follower = new Follower(
    byId('messages', HTMLElement),
    byId('btn-newest', HTMLButtonElement),
    {
      nearStart: () => void this.#onOpen((chat, room) => chat.sync.older(room)),
      nearEnd: () => void this.#onOpen((chat, room) => chat.sync.newer(room)),
      followingChanged: (isFollowing) => this.#followingChanged(isFollowing),
    },
  );
  readonly #messages = new Messages(
    { log: byId('messages', HTMLElement), list: byId('messages-ul', HTMLUListElement) },
    this.#follower,
    {
      retry: (clientMsgId) => this.#retry(clientMsgId),
      discard: (clientMsgId) => this.#chat?.discard(clientMsgId),
    },
  );
  readonly #compose = new Compose(
    {
      form: byId('message-form', HTMLFormElement),
      input: byId('message-input', HTMLInputElement),
      note: byId('message-note', HTMLElement),
    },
    {
      send: (room, message) => this.#send(room, message),
      writing: (room) => this.#requests.tellOfWriting(room),
    },
  );
  readonly #typing = new TypingNote(
    byId('typing-note', HTMLElement),
    () => this.#chat?.rooms.ownUserId,
  );
  readonly #head = new RoomHead(
    {
      title: byId('room-title', HTMLElement),
      members: byId('members', HTMLDetailsElement),
      list: byId('members-ul', HTMLElement),
      leave: byId('btn-leave-room', HTMLButtonElement),
    },
    {
      members: async (room) => {
        const answer = await this.#requests.members(room);
        return answer.ok ? answer.value.members : undefined;
      },
      leave: async (room) => this.showProblem((await this.#chat?.leave(room)) ?? ''),
    },
  );
  readonly #list = new RoomList(
    {
      list: byId('rooms-ul', HTMLElement),
      form: byId('room-form', HTMLFormElement),
      input: byId('room-input', HTMLInputElement),
      note: byId('room-note', HTMLElement),
    },
    { chosen: (room) => void this.#chosen(room), join: (name) => this.#join(name) },
  );

  constructor(requests: Requests) {
    this.#requests = requests;
    this.#older.addEventListener('click', () => {
      void this.#onOpen((chat, room) => chat.sync.older(room));
    });
    document.addEventListener('visibilitychange', () => this.changed());
  }

  /** From now on it shows this chat. */
  use(chat: Chat): void {
    this.#chat = chat;
    this.#returned = undefined;
    this.#compose.clear();
    this.#typing.clear();
    this.changed();
  }

  changed(): void {
    const chat = this.#chat;
    if (chat === undefined) return;
    const { open } = chat.rooms;
    this.#compose.show(open.name);
    this.#typing.show(open.name);
    this.#head.show(open);
    this.#messages.show(open.name, chat.lines());
    // Once the end is asked for it is on its way.
    this.#follower.setGoesOn(open.log.isDetached && open.log.need === 'nothing');
    this.#older.hidden = !open.log.hasOlder;
    this.#empty.textContent = open.log.isLoaded
      ? 'No messages yet. Say something kind.'
      : 'Looking for messages…';
    this.#read(chat);
  }

  failed(draft: Draft, isRefused: boolean): void {
    const isOpen = draft.room === this.#chat?.rooms.open.name;
    if (isOpen) this.#compose.showProblem(draft.why);
    // What may have arrived after all had better not be written anew.
    if (isRefused && this.#compose.giveBack(draft.room, draft.text)) this.#returned = draft;
  }

  typingHeard(notice: TypingNotice): void {
    this.#typing.heard(notice);
  }

  /** Somebody has said something, and writes no more. */
  heardFrom(userId: string, room: string): void {
    this.#typing.stopped(userId, room);
  }

  nobodyTypes(): void {
    this.#typing.clear();
  }

  showProblem(why: string): void {
    this.#compose.showProblem(why);
  }

  focus(): void {
    this.#compose.focus();
  }

  /** What is in view has been read, and the rest is counted. */
  #read(chat: Chat): void {
    const { rooms } = chat;
    const isSeen = document.visibilityState === 'visible' && this.#follower.isFollowing;
    if (isSeen && rooms.open.log.isLoaded) rooms.readToEnd();
    const shown = rooms.all.map((room) => {
      return { room, isOpen: room === rooms.open, unread: rooms.unread(room) };
    });
    this.#list.show(shown);
    const unread = shown.reduce((sum, room) => sum + room.unread, 0);
    document.title = unread === 0 ? 'Tertulia' : `(${unread}) Tertulia`;
  }

  #followingChanged(isFollowing: boolean): void {
    this.#onOpen((chat, room) => {
      room.log.isHeld = !isFollowing;
      if (isFollowing) chat.sync.toEnd(room);
      this.#read(chat);
    });
  }

  #onOpen<T>(act: (chat: Chat, room: Room) => T): T | undefined {
    return this.#chat === undefined ? undefined : act(this.#chat, this.#chat.rooms.open);
  }

  #send(room: string, message: string): string | undefined {
    if (this.#chat === undefined) return 'You are not connected, so nothing was sent.';
    // Whoever says something wants to see it.
    this.#follower.toEnd();
    const problem = this.#chat.send(room, message);
    // What was given back has been put right, or thought better of.
    if (problem === undefined && this.#returned?.room === room) {
      this.#chat.discard(this.#returned.clientMsgId);
      this.#returned = undefined;
    }
    return problem;
  }

  #retry(clientMsgId: string): void {
    if (this.#returned?.clientMsgId === clientMsgId) {
      this.#compose.takeBack(this.#returned.room, this.#returned.text);
    }
    this.#compose.showProblem('');
    this.#chat?.retry(clientMsgId);
  }

  async #chosen(room: Room): Promise<void> {
    if (room.isJoined) this.#chat?.show(room);
    else this.#list.showProblem((await this.#join(room.name)) ?? '');
    if (room.isJoined) this.#write();
  }

  async #join(name: string): Promise<string | undefined> {
    const why = await (this.#chat?.join(name) ?? 'You are not connected.');
    if (why === undefined) this.#write();
    return why;
  }

  /** Goes on to the line where one writes, but for those whose keyboard would cover the page. */
  #write(): void {
    if (matchMedia('(hover: hover)').matches) this.#compose.focus();
  }
}
