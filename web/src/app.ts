import * as api from './api.ts';
import { Compose } from './compose.ts';
import { Follower } from './follow.ts';
import { Messages } from './messages.ts';
import { byId } from './page.ts';
import { People } from './people.ts';
import { Presence } from './presence.ts';
import { Renewal } from './renewal.ts';
import {
  type Auth,
  type ChatSocket,
  type ConnectionState,
  openSocket,
  Session,
} from './session.ts';
import { SignIn } from './sign-in.ts';
import { showStatus } from './status.ts';
import { readClaims } from './token.ts';
import { TokenForm } from './token-form.ts';
import { TypingNote } from './typing.ts';

/** Brings the page to life: makes its parts and ties them to one session. */
export class App {
  #token = '';
  readonly #session: Session;
  readonly #tokenForm = new TokenForm(
    { form: byId('token-form', HTMLFormElement), input: byId('jwt-token', HTMLInputElement) },
    (token) => this.#connect(token),
  );
  readonly #people = new People({
    list: byId('clients-ul', HTMLUListElement),
    count: byId('clients-count', HTMLElement),
    more: byId('clients-more', HTMLElement),
  });
  readonly #presence = new Presence(
    () => this.#session.subscribeToPresence(),
    (people) => this.#people.update(people),
  );
  readonly #compose = new Compose(
    {
      form: byId('message-form', HTMLFormElement),
      input: byId('message-input', HTMLInputElement),
      note: byId('message-note', HTMLElement),
    },
    (message) => this.#session.send(message),
    () => this.#session.tellOfWriting(),
  );
  readonly #renewal = new Renewal(api.checkStatus, (fresh, old) => this.#renewed(fresh, old));
  readonly #status = {
    label: byId('server-status', HTMLElement),
    note: byId('connection-note', HTMLElement),
  };
  readonly #typing = new TypingNote(
    byId('typing-note', HTMLElement),
    () => readClaims(this.#token).userId,
  );
  readonly #join = byId('join', HTMLElement);
  readonly #signIn = byId('sign-in', HTMLDetailsElement);
  readonly #leave = byId('btn-disconnect', HTMLButtonElement);

  constructor(open: (auth: Auth) => ChatSocket = openSocket) {
    const follower = new Follower(
      byId('messages', HTMLElement),
      byId('btn-newest', HTMLButtonElement),
    );
    const messages = new Messages(
      byId('messages-ul', HTMLUListElement),
      follower,
      () => readClaims(this.#token).userId,
    );
    this.#session = new Session(
      {
        stateChanged: (state) => this.#stateChanged(state),
        presenceChanged: (diff) => this.#presence.apply(diff),
        messageArrived: (message, meta) => {
          messages.append(message, meta);
          if (meta !== undefined) this.#typing.stopped(meta.userId);
        },
        typingHeard: (notice) => this.#typing.heard(notice),
        tokenExpiring: () => this.#renewal.renewNow(),
        problemReported: (why) => this.#compose.showProblem(why),
      },
      open,
    );
    new SignIn(signInElements(), api, (user) => {
      this.#tokenForm.show(user.token);
      this.#connect(user.token);
    });
    this.#leave.addEventListener('click', () => this.#session.disconnect());
    this.#stateChanged({ kind: 'offline' });
  }

  #connect(token: string): void {
    this.#token = token;
    this.#compose.showProblem('');
    this.#session.connect(token);
  }

  #renewed(fresh: string, old: string): void {
    this.#token = fresh;
    this.#session.renewToken(fresh);
    this.#tokenForm.replace(old, fresh);
  }

  #stateChanged(state: ConnectionState): void {
    showStatus(this.#status, state);
    document.body.dataset.state = state.kind;
    const isOpen = state.kind !== 'offline' && state.kind !== 'ended';
    this.#leave.hidden = !isOpen;
    if (state.kind === 'connected') {
      this.#people.setOwn(state.socketId);
      this.#presence.connected();
      this.#renewal.watch(this.#token);
    } else {
      this.#presence.disconnected();
      this.#typing.clear();
    }
    if (!isOpen) this.#renewal.stop();
    if (state.kind === 'connected') this.#makeRoom();
    if (state.kind === 'ended') this.#signIn.open = true;
  }

  /** Folds the sign-in away; someone who has just used it can go on and write. */
  #makeRoom(): void {
    const isJoining = this.#join.contains(document.activeElement);
    this.#signIn.open = false;
    if (isJoining) this.#compose.focus();
  }
}

function signInElements() {
  return {
    form: byId('sign-in-form', HTMLFormElement),
    email: byId('email', HTMLInputElement),
    password: byId('password', HTMLInputElement),
    fullNameField: byId('full-name-field', HTMLElement),
    fullName: byId('full-name', HTMLInputElement),
    submit: byId('btn-sign-in', HTMLButtonElement),
    toggle: byId('btn-register', HTMLButtonElement),
    error: byId('sign-in-error', HTMLElement),
  };
}
