export interface TokenElements {
  form: HTMLFormElement;
  input: HTMLInputElement;
}

/** The field for a token, from wherever it comes, and the button that connects with it. */
export class TokenForm {
  readonly #input: HTMLInputElement;

  constructor({ form, input }: TokenElements, connect: (token: string) => void) {
    this.#input = input;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = input.value.trim();
      if (token === '') {
        alert('Enter a valid JWT');
        input.focus();
        return;
      }
      connect(token);
    });
  }

  show(token: string): void {
    this.#input.value = token;
  }

  /** Shows a renewed token, unless the person has put another one in its place. */
  replace(old: string, fresh: string): void {
    if (this.#input.value.trim() === old) this.#input.value = fresh;
  }
}
