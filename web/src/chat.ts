import type { Result } from './api.ts';
import { type BareMessage, type Line, lineOfBare, lineOfDraft, lineOfMessage } from './lines.ts';
import { type Draft, Outbox } from './model/outbox.ts';
import { MAX_MESSAGES } from './model/room-log.ts';
import {
  type Companion,
  companionIn,
  LOBBY,
  type ReadMarks,
  type Room,
  Rooms,
} from './model/rooms.ts';
import type { ChatMessage, MessageMeta } from './protocol/events.ts';
import type { ListedRoom } from './protocol/rest.ts';
import type { Requests } from './requests.ts';
import { Sync } from './sync.ts';

/** Time until a list that could not be had is asked for again. */
const RETRY_MS = 5_000;

export interface ChatListener {
  /** Rooms, or what was said in the open one, are others than before. */
  changed(): void;
  failed(draft: Draft, isRefused: boolean): void;
}

export interface ChatParts {
  ownUserId: string;
  ownName: () => string;
  requests: Requests;
  listRooms: () => Promise<Result<ListedRoom[]>>;
  marks: ReadMarks;
}

/** What one user talks about, and where: the rooms, kept complete, and what is on its way. */
export class Chat {
  readonly rooms: Rooms;
  readonly sync: Sync;
  readonly #outbox: Outbox;
  readonly #parts: ChatParts;
  readonly #listener: ChatListener;
  readonly #bare: BareMessage[] = [];
  #bareCount = 0;
  #isConnected = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isListing = false;
  /** The list that is being asked for is not the newest any more. */
  #mustListAgain = false;

  constructor(parts: ChatParts, listener: ChatListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.rooms = new Rooms(parts.ownUserId, parts.marks);
    this.sync = new Sync(this.rooms, parts.requests, {
      changed: (room) => this.#changed(room),
      lost: () => void this.#list(),
    });
    this.#outbox = new Outbox(
      (draft) => parts.requests.send(draft, companionIn(draft.room, parts.ownUserId)),
      {
        changed: (room) => this.#changed(this.rooms.get(room)),
        failed: (draft, isRefused) => listener.failed(draft, isRefused),
      },
    );
  }

  connected(isRecovered: boolean): void {
    this.#isConnected = true;
    this.sync.connected(isRecovered);
    this.#outbox.connected();
    void this.#list();
  }

  disconnected(): void {
    this.#isConnected = false;
    clearTimeout(this.#retry);
    this.sync.disconnected();
  }

  /** The connection has ended, and does not come back by itself. */
  ended(): void {
    this.disconnected();
    this.#outbox.ended();
  }

  arrived(message: ChatMessage, meta: MessageMeta | undefined): void {
    if (!isNumbered(meta)) {
      this.#bareCount += 1;
      this.#bare.push({ ...message, key: `bare ${this.#bareCount}` });
      if (this.#bare.length > MAX_MESSAGES) this.#bare.shift();
      this.#listener.changed();
      return;
    }
    const { id, seq, room: name, userId, sentAt } = meta;
    const stored = { id, seq, room: name, userId, sentAt, ...message };
    if (userId === this.rooms.ownUserId) this.#outbox.heard(stored);
    const { room, isKnown } = this.rooms.arrived(stored, meta);
    if (!isKnown) void this.#list();
    this.sync.check(room);
    this.#changed(room);
  }

  /** Sends a message to a room. Gives the reason if that is not possible. */
  send(name: string, text: string): string | undefined {
    const room = this.rooms.get(name);
    if (!this.#isConnected || room === undefined) {
      return 'You are not connected, so nothing was sent.';
    }
    this.sync.toEnd(room);
    this.#outbox.send(name, text);
    return undefined;
  }

  retry(clientMsgId: string): void {
    this.#outbox.retry(clientMsgId);
  }

  discard(clientMsgId: string): void {
    this.#outbox.discard(clientMsgId);
  }

  show(room: Room): void {
    this.rooms.show(room);
    this.sync.check(room);
    this.#listener.changed();
  }

  talkTo(companion: Companion): void {
    this.show(this.rooms.direct(companion));
  }

  /** Joins a room and opens it. Gives the reason if that is not possible. */
  async join(name: string): Promise<string | undefined> {
    const answer = await this.#parts.requests.join(name);
    if (!answer.ok) return answer.why;
    this.show(this.rooms.joined(answer.value.room, answer.value.lastSeq));
    void this.#list();
    return undefined;
  }

  async leave(room: Room): Promise<string | undefined> {
    const answer = await this.#parts.requests.leave(room.name);
    if (!answer.ok) return answer.why;
    this.rooms.remove(room.name);
    this.#listener.changed();
    void this.#list();
    return undefined;
  }

  /** What the open room shows, the oldest first. */
  lines(): Line[] {
    const { open, ownUserId } = this.rooms;
    const lines = open.log.messages.map((message) => lineOfMessage(message, ownUserId));
    if (open.name === LOBBY) lines.push(...this.#bare.map(lineOfBare));
    // Nothing stands after a run that goes on elsewhere.
    if (open.log.isDetached) return lines;
    const drafts = this.#outbox
      .in(open.name)
      .filter(({ id }) => id === undefined || !open.log.has(id));
    const ownName = this.#parts.ownName();
    return [...lines, ...drafts.map((draft) => lineOfDraft(draft, ownUserId, ownName))];
  }

  #changed(room: Room | undefined): void {
    if (room !== undefined) this.#outbox.arrived(room.log.messages);
    this.#listener.changed();
  }

  /** Asks for the rooms there are, and does so again if something has changed in the meantime. */
  async #list(): Promise<void> {
    clearTimeout(this.#retry);
    this.#mustListAgain = this.#isListing;
    if (this.#isListing) return;
    this.#isListing = true;
    const answer = await this.#parts.listRooms();
    this.#isListing = false;
    if (!this.#isConnected) return;
    if (this.#mustListAgain) {
      void this.#list();
    } else if (answer.ok && Array.isArray(answer.value)) {
      this.rooms.listed(answer.value);
      for (const room of this.rooms.all) this.sync.check(room);
      this.#listener.changed();
    } else {
      this.#retry = setTimeout(() => void this.#list(), RETRY_MS);
    }
  }
}

/** Servers of the original send none of it. */
function isNumbered(meta: MessageMeta | undefined): meta is MessageMeta {
  return (
    typeof meta?.seq === 'number' && typeof meta.id === 'string' && typeof meta.room === 'string'
  );
}
