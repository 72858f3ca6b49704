import * as api from './api.ts';
import { Chat } from './chat.ts';
import { ChatView } from './chat-view.ts';
import { browserStorage, StoredMarks } from './model/read-marks.ts';
import { byId } from './page.ts';
import { People } from './people.ts';
import { Presence } from './presence.ts';
import type { Person } from './protocol/events.ts';
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

/** Brings the page to life: makes its parts and ties them to one session. */
export class App {
  #token = '';
  /** The own user's name, as far as it is known. */
  #ownName = 'You';
  #chat: Chat | undefined;
  readonly #session: Session;
  readonly #view: ChatView;
  readonly #tokenForm = new TokenForm(
    { form: byId('token-form', HTMLFormElement), input: byId('jwt-token', HTMLInputElement) },
    (token) => this.#connect(token),
  );
  readonly #people = new People(
    {
      list: byId('clients-ul', HTMLUListElement),
      count: byId('clients-count', HTMLElement),
      more: byId('clients-more', HTMLElement),
    },
    (person) => {
      this.#chat?.talkTo(person);
      this.#view.focus();
    },
  );
  readonly #presence = new Presence(
    () => this.#session.requests.subscribeToPresence(),
    (people) => this.#peopleChanged(people),
  );
  readonly #renewal = new Renewal(api.checkStatus, (fresh, old) => this.#renewed(fresh, old));
  readonly #status = {
    label: byId('server-status', HTMLElement),
    note: byId('connection-note', HTMLElement),
  };
  readonly #join = byId('join', HTMLElement);
  readonly #signIn = byId('sign-in', HTMLDetailsElement);
  readonly #leave = byId('btn-disconnect', HTMLButtonElement);

  constructor(open: (auth: Auth) => ChatSocket = openSocket) {
    this.#session = new Session(
      {
        stateChanged: (state) => this.#stateChanged(state),
        presenceChanged: (diff) => this.#presence.apply(diff),
        messageArrived: (message, meta) => {
          if (meta !== undefined) this.#view.heardFrom(meta.userId, meta.room);
          this.#chat?.arrived(message, meta);
        },
        typingHeard: (notice) => this.#view.typingHeard(notice),
        tokenExpiring: () => this.#renewal.renewNow(),
        problemReported: (why) => this.#view.showProblem(why),
      },
      open,
    );
    this.#view = new ChatView(this.#session.requests);
    new SignIn(signInElements(), api, (user) => {
      this.#tokenForm.show(user.token);
      this.#connect(user.token);
      this.#ownName = user.fullName;
    });
    this.#leave.addEventListener('click', () => this.#session.disconnect());
    this.#stateChanged({ kind: 'offline' });
  }

  #connect(token: string): void {
    this.#token = token;
    this.#view.showProblem('');
    this.#useChatOf(readClaims(token).userId ?? '');
    this.#session.connect(token);
  }

  /** Whoever comes back finds everything as it was; somebody else finds nothing of it. */
  #useChatOf(ownUserId: string): void {
    if (ownUserId !== '' && this.#chat?.rooms.ownUserId === ownUserId) return;
    this.#chat?.disconnected();
    this.#ownName = 'You';
    const parts = {
      ownUserId,
      ownName: () => this.#ownName,
      requests: this.#session.requests,
      listRooms: () => api.listRooms(this.#token),
      marks: new StoredMarks(ownUserId, browserStorage()),
    };
    const chat = new Chat(parts, {
      // One that has ended may still be waiting for answers.
      changed: () => chat === this.#chat && this.#view.changed(),
      failed: (draft, isRefused) => chat === this.#chat && this.#view.failed(draft, isRefused),
    });
    this.#chat = chat;
    this.#view.use(chat);
  }

  #renewed(fresh: string, old: string): void {
    this.#token = fresh;
    this.#session.renewToken(fresh);
    this.#tokenForm.replace(old, fresh);
  }

  #peopleChanged(people: readonly Person[]): void {
    const own = people.find(({ userId }) => userId === this.#chat?.rooms.ownUserId);
    this.#ownName = own?.fullName ?? this.#ownName;
    this.#people.update(people);
  }

  #stateChanged(state: ConnectionState): void {
    showStatus(this.#status, state);
    document.body.dataset.state = state.kind;
    const isOpen = state.kind !== 'offline' && state.kind !== 'ended';
    this.#leave.hidden = !isOpen;
    if (state.kind === 'connected') {
      this.#people.setOwn(state.socketId);
      this.#presence.connected();
      this.#chat?.connected(state.isRecovered);
      this.#renewal.watch(this.#token);
      this.#makeRoom();
    } else {
      this.#presence.disconnected();
      this.#chat?.disconnected();
      this.#view?.nobodyTypes();
    }
    if (!isOpen) this.#renewal.stop();
    if (state.kind === 'ended') {
      this.#chat?.ended();
      this.#signIn.open = true;
    }
  }

  /** Folds the sign-in away; someone who has just used it can go on and write. */
  #makeRoom(): void {
    const isJoining = this.#join.contains(document.activeElement);
    this.#signIn.open = false;
    if (isJoining) this.#view.focus();
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
