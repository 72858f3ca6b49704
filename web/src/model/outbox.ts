import type { MessageAck, StoredMessage } from '../protocol/events.ts';

/** A message on its way. */
export interface Draft {
  /** With it the server takes no message twice. */
  readonly clientMsgId: string;
  readonly room: string;
  readonly text: string;
  state: 'sending' | 'sent' | 'failed';
  /** Why it failed. */
  why: string;
  /** What the server calls it, once it is known. */
  id: string | undefined;
}

/** What became of an attempt to send one. */
export type Outcome =
  | { kind: 'accepted'; ack: MessageAck }
  | { kind: 'refused'; why: string }
  /** Nobody knows whether it has arrived. */
  | { kind: 'unanswered' }
  | { kind: 'disconnected' };

export interface OutboxListener {
  /** Something is shown differently from now on. */
  changed(room: string): void;
  failed(draft: Draft, isRefused: boolean): void;
}

/** How often a message is sent while the connection lasts and no answer comes. */
const MOST_ATTEMPTS = 4;

/** Those that wait to arrive although they were confirmed. Of more, the oldest are given up. */
const MAX_SENT = 100;

/**
 * Messages on their way, sent one after the other so that they keep their order. One that is not
 * answered is sent again, also after a reconnection: its `clientMsgId` makes this harmless.
 */
export class Outbox {
  readonly #post: (draft: Draft) => Promise<Outcome>;
  readonly #listener: OutboxListener;
  #drafts: Draft[] = [];
  #isSending = false;
  #attempts = 0;

  /** `post` never rejects. */
  constructor(post: (draft: Draft) => Promise<Outcome>, listener: OutboxListener) {
    this.#post = post;
    this.#listener = listener;
  }

  in(room: string): Draft[] {
    return this.#drafts.filter((draft) => draft.room === room);
  }

  send(room: string, text: string): Draft {
    const clientMsgId = crypto.randomUUID();
    const draft: Draft = { clientMsgId, room, text, state: 'sending', why: '', id: undefined };
    this.#drafts.push(draft);
    this.#listener.changed(room);
    void this.#run();
    return draft;
  }

  /** There is a connection again. */
  connected(): void {
    void this.#run();
  }

  /** The connection has ended for good: what was not confirmed has failed. */
  ended(): void {
    for (const draft of this.#drafts) {
      if (draft.state === 'sending')
        this.#fail(draft, 'The connection ended before this was confirmed.', false);
    }
  }

  /** Sends one again that failed. */
  retry(clientMsgId: string): void {
    const draft = this.#drafts.find((other) => other.clientMsgId === clientMsgId);
    if (draft?.state !== 'failed') return;
    draft.state = 'sending';
    // It takes its place after those that were sent in the meantime.
    this.#drafts = [...this.#drafts.filter((other) => other !== draft), draft];
    this.#listener.changed(draft.room);
    void this.#run();
  }

  discard(clientMsgId: string): void {
    const draft = this.#drafts.find((other) => other.clientMsgId === clientMsgId);
    if (draft?.state !== 'failed') return;
    this.#remove(draft);
    this.#listener.changed(draft.room);
  }

  /** Of these, those that were on their way have arrived. */
  arrived(messages: readonly StoredMessage[]): void {
    if (this.#drafts.length === 0) return;
    const ids = new Set(messages.map(({ id }) => id));
    this.#drafts = this.#drafts.filter(({ id, state }) => {
      return state !== 'sent' || id === undefined || !ids.has(id);
    });
  }

  /**
   * A message of the own user has come: it may be the one that is just being sent, whose answer then
   * comes later.
   */
  heard({ id, room, message }: StoredMessage): void {
    const draft = this.#drafts.find(({ state }) => state === 'sending');
    if (draft !== undefined && draft.room === room && draft.text === message) draft.id ??= id;
  }

  async #run(): Promise<void> {
    if (this.#isSending) return;
    const draft = this.#drafts.find(({ state }) => state === 'sending');
    if (draft === undefined) return;
    this.#isSending = true;
    const outcome = await this.#post(draft);
    this.#isSending = false;
    this.#conclude(draft, outcome);
    if (outcome.kind !== 'disconnected') void this.#run();
  }

  #conclude(draft: Draft, outcome: Outcome): void {
    this.#attempts = outcome.kind === 'unanswered' ? this.#attempts + 1 : 0;
    // It may have been given up in the meantime.
    if (outcome.kind === 'accepted') {
      draft.state = 'sent';
      draft.id = outcome.ack.id;
      const sent = this.#drafts.filter(({ state }) => state === 'sent');
      if (sent.length > MAX_SENT && sent[0] !== undefined) this.#remove(sent[0]);
      this.#listener.changed(draft.room);
    } else if (draft.state !== 'sending') {
      return;
    } else if (outcome.kind === 'refused') {
      this.#fail(draft, outcome.why, true);
    } else if (this.#attempts >= MOST_ATTEMPTS) {
      this.#attempts = 0;
      this.#fail(draft, 'The server did not confirm this; it may not have arrived.', false);
    }
  }

  #fail(draft: Draft, why: string, isRefused: boolean): void {
    draft.state = 'failed';
    draft.why = why;
    draft.id = undefined;
    this.#listener.failed(draft, isRefused);
    this.#listener.changed(draft.room);
  }

  #remove(draft: Draft): void {
    this.#drafts = this.#drafts.filter((other) => other !== draft);
  }
}
