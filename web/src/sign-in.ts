import type { Result } from './api.ts';
import type { Credentials, Registration, SignedIn } from './protocol/rest.ts';

export interface SignInElements {
  form: HTMLFormElement;
  email: HTMLInputElement;
  password: HTMLInputElement;
  /** Holds `fullName`; shown for new accounts only. */
  fullNameField: HTMLElement;
  fullName: HTMLInputElement;
  submit: HTMLButtonElement;
  /** Switches between signing in and making an account. */
  toggle: HTMLButtonElement;
  error: HTMLElement;
}

export interface Accounts {
  login(credentials: Credentials): Promise<Result<SignedIn>>;
  register(registration: Registration): Promise<Result<SignedIn>>;
}

type Mode = 'login' | 'register';

/** The form that turns an email address and a password into a token. */
export class SignIn {
  readonly #elements: SignInElements;
  readonly #accounts: Accounts;
  readonly #signedIn: (user: SignedIn) => void;
  #mode: Mode = 'login';
  #isBusy = false;

  constructor(elements: SignInElements, accounts: Accounts, signedIn: (user: SignedIn) => void) {
    this.#elements = elements;
    this.#accounts = accounts;
    this.#signedIn = signedIn;
    elements.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    elements.toggle.addEventListener('click', () => {
      this.#setMode(this.#mode === 'login' ? 'register' : 'login');
      (this.#mode === 'register' ? elements.fullName : elements.email).focus();
    });
    this.#setMode('login');
  }

  #setMode(mode: Mode): void {
    this.#mode = mode;
    const isNew = mode === 'register';
    const { fullNameField, fullName, password, submit, toggle, error } = this.#elements;
    fullNameField.hidden = !isNew;
    fullName.required = isNew;
    password.autocomplete = isNew ? 'new-password' : 'current-password';
    submit.textContent = isNew ? 'Create account' : 'Sign in';
    toggle.textContent = isNew ? 'I have an account' : 'Create an account';
    error.textContent = '';
  }

  async #submit(): Promise<void> {
    // Not `disabled`: that would take the focus away from someone who uses the keyboard.
    if (this.#isBusy) return;
    this.#setBusy(true);
    this.#elements.error.textContent = '';
    const answer = await this.#ask();
    this.#setBusy(false);
    if (!answer.ok) {
      this.#elements.error.textContent = answer.why;
      return;
    }
    this.#elements.password.value = '';
    this.#setMode('login');
    this.#signedIn(answer.value);
  }

  #ask(): Promise<Result<SignedIn>> {
    const credentials = {
      email: this.#elements.email.value.trim(),
      password: this.#elements.password.value,
    };
    return this.#mode === 'login'
      ? this.#accounts.login(credentials)
      : this.#accounts.register({ ...credentials, fullName: this.#elements.fullName.value.trim() });
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    this.#elements.form.setAttribute('aria-busy', String(isBusy));
  }
}
