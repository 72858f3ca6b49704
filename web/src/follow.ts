/** How far from the end, in pixels, still counts as being at the end. */
const TOLERANCE_PX = 48;

/** How far from either end, in pixels, more is loaded. */
const NEAR_PX = 400;

/** What the follower tells of the reader. */
export interface ReaderListener {
  /** They have come near the first message, or the last. */
  nearStart(): void;
  nearEnd(): void;
  /** They follow the end from now on, or have scrolled up. */
  followingChanged(isFollowing: boolean): void;
}

/**
 * Keeps the end of a scrolling element in view, unless the person has scrolled up; then `jump`
 * appears when there is something new, and leads back to the end.
 */
export class Follower {
  readonly #scroller: HTMLElement;
  readonly #jump: HTMLElement;
  readonly #listener: Partial<ReaderListener>;
  #following = true;
  /** What is here goes on after its end, so that its end is not the end. */
  #goesOn = false;
  /** Where the last move to the end led. */
  #endTop = 0;
  #frame: number | undefined;

  constructor(scroller: HTMLElement, jump: HTMLElement, listener: Partial<ReaderListener> = {}) {
    this.#scroller = scroller;
    this.#jump = jump;
    this.#listener = listener;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    jump.addEventListener('click', () => this.toEnd());
    // The on-screen keyboard of a phone makes the element smaller.
    new ResizeObserver(() => this.#keepEnd()).observe(scroller);
  }

  get isFollowing(): boolean {
    return this.#following;
  }

  /** To be called when something was added at the end. */
  grown(): void {
    if (this.#following) this.#keepEnd();
    else this.#jump.hidden = false;
  }

  /** Whether there is more after the end, which is not here. */
  setGoesOn(goesOn: boolean): void {
    this.#goesOn = goesOn;
    if (goesOn) this.#setFollowing(false);
    if (goesOn) this.#jump.hidden = false;
  }

  /** Goes to the end and follows it from now on. */
  toEnd(): void {
    this.#setFollowing(true);
    this.#keepEnd();
  }

  /** Changes what is in the element. Whoever has scrolled up still sees what they saw. */
  holdPlace(change: () => void): void {
    const held = this.#following ? undefined : this.#firstInView();
    const before = held?.getBoundingClientRect().top ?? 0;
    change();
    if (held !== undefined && this.#scroller.contains(held)) {
      this.#scroller.scrollTop += held.getBoundingClientRect().top - before;
    }
    if (this.#following) this.#keepEnd();
    else this.#lookAround();
  }

  #firstInView(): Element | undefined {
    const { top } = this.#scroller.getBoundingClientRect();
    const items = this.#scroller.querySelectorAll('li');
    return [...items].find((item) => item.getBoundingClientRect().bottom > top);
  }

  /**
   * The event comes a frame late, when there may be more messages already: being where the last
   * move led is following still, else a quick conversation would shake off its reader.
   */
  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= TOLERANCE_PX;
    const isWhereMoved = scrollTop >= this.#endTop - TOLERANCE_PX;
    this.#setFollowing(!this.#goesOn && (isAtEnd || (this.#following && isWhereMoved)));
    this.#lookAround();
  }

  #lookAround(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    // Nothing is laid out: it is not shown.
    if (clientHeight === 0) return;
    if (scrollTop <= NEAR_PX && this.#frame === undefined) this.#listener.nearStart?.();
    if (scrollHeight - scrollTop - clientHeight <= NEAR_PX) this.#listener.nearEnd?.();
  }

  #setFollowing(isFollowing: boolean): void {
    const isChange = this.#following !== isFollowing;
    this.#following = isFollowing;
    if (isFollowing) this.#jump.hidden = true;
    if (isChange) this.#listener.followingChanged?.(isFollowing);
  }

  /** Once per frame, however many messages came: each time costs a layout. */
  #keepEnd(): void {
    if (!this.#following || this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      if (!this.#following) return;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      this.#endTop = this.#scroller.scrollTop;
      this.#lookAround();
    });
  }
}
