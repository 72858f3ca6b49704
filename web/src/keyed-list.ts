/**
 * The items of a list element. Those that stay are left where they are, so that neither the focus is
 * lost nor anything is read aloud again.
 */
export class KeyedList<T> {
  readonly #list: HTMLElement;
  readonly #keyOf: (item: T) => string;
  readonly #make: (item: T) => HTMLElement;
  readonly #update: (element: HTMLElement, item: T) => void;
  #elements = new Map<string, HTMLElement>();

  /** `update` is called for items that stay, and is not needed if their key says all about them. */
  constructor(
    list: HTMLElement,
    keyOf: (item: T) => string,
    make: (item: T) => HTMLElement,
    update: (element: HTMLElement, item: T) => void = () => undefined,
  ) {
    this.#list = list;
    this.#keyOf = keyOf;
    this.#make = make;
    this.#update = update;
  }

  show(items: readonly T[]): void {
    const elements = new Map<string, HTMLElement>();
    for (const item of items) {
      const key = this.#keyOf(item);
      const present = this.#elements.get(key);
      if (present !== undefined) this.#update(present, item);
      elements.set(key, present ?? this.#make(item));
    }
    for (const [key, element] of this.#elements) if (!elements.has(key)) element.remove();
    this.#elements = elements;
    this.#arrange();
  }

  #arrange(): void {
    let next = this.#list.firstElementChild;
    for (const element of this.#elements.values()) {
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
  }
}
