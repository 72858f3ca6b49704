import type { Draft } from './model/outbox.ts';
import type { ChatMessage, StoredMessage } from './protocol/events.ts';

/** What one line of the conversation shows. Nothing but its key decides whether it is shown anew. */
export interface Line {
  key: string;
  fullName: string;
  text: string;
  /** Whose colour it has. */
  who: string;
  isOwn: boolean;
  sentAt: string | undefined;
  /** There while it is not certain that it was said. */
  draft?: { clientMsgId: string; isFailed: boolean; why: string };
}

/** A message of a server that tells nothing else about it. */
export interface BareMessage extends ChatMessage {
  key: string;
}

export function lineOfMessage(message: StoredMessage, ownUserId: string): Line {
  const { id, userId, message: text, sentAt } = message;
  // Whoever is gone has left no name.
  const fullName = message.fullName || 'A former member';
  return { key: id, fullName, text, who: userId, isOwn: userId === ownUserId, sentAt };
}

export function lineOfBare({ key, fullName, message }: BareMessage): Line {
  const name = String(fullName);
  return { key, fullName: name, text: String(message), who: name, isOwn: false, sentAt: undefined };
}

export function lineOfDraft(draft: Draft, who: string, fullName: string): Line {
  const { clientMsgId, text, state, why } = draft;
  const line = { fullName, text, who, isOwn: true, sentAt: undefined };
  // One that was confirmed waits for its number only, and looks like any other.
  if (state === 'sent') return { ...line, key: `${clientMsgId} sent` };
  const isFailed = state === 'failed';
  return { ...line, key: `${clientMsgId} ${state}`, draft: { clientMsgId, isFailed, why } };
}
