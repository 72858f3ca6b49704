import type { ConnectionState } from './session.ts';

export interface StatusElements {
  /** `offline`, then `connected` or `disconnected`: the three words of the original client. */
  label: HTMLElement;
  /** Says in a sentence what is going on, and why a connection was refused or ended. */
  note: HTMLElement;
}

export function showStatus({ label, note }: StatusElements, state: ConnectionState): void {
  label.textContent = labelFor(state, label.textContent);
  label.dataset.state = state.kind;
  const text = noteFor(state);
  // Attempts to reconnect repeat themselves; a screen reader should not.
  if (note.textContent !== text) note.textContent = text;
  note.dataset.state = state.kind;
}

function labelFor(state: ConnectionState, present: string): string {
  switch (state.kind) {
    case 'offline':
      return 'offline';
    case 'connected':
      return 'connected';
    case 'connecting':
      return present === 'offline' ? 'offline' : 'disconnected';
    case 'reconnecting':
    case 'ended':
      return 'disconnected';
  }
}

function noteFor(state: ConnectionState): string {
  switch (state.kind) {
    case 'offline':
      return 'Sign in to join the conversation.';
    case 'connecting':
      return 'Connecting…';
    case 'connected':
      return 'You are in the conversation.';
    case 'reconnecting':
      return `${state.why} Reconnecting…`;
    case 'ended':
      return state.why;
  }
}
