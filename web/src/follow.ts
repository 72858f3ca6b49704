/** How far from the end, in pixels, still counts as being at the end. */
const TOLERANCE_PX = 48;

/**
 * Keeps the end of a scrolling element in view, unless the person has scrolled up; then `jump`
 * appears when there is something new, and leads back to the end.
 */
export class Follower {
  readonly #scroller: HTMLElement;
  readonly #jump: HTMLElement;
  #following = true;
  #frame: number | undefined;

  constructor(scroller: HTMLElement, jump: HTMLElement) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    jump.addEventListener('click', () => this.toEnd());
    // The on-screen keyboard of a phone makes the element smaller.
    new ResizeObserver(() => this.#keepEnd()).observe(scroller);
  }

  /** To be called when something was added at the end. */
  grown(): void {
    if (this.#following) this.#keepEnd();
    else this.#jump.hidden = false;
  }

  /** Goes to the end and follows it from now on. */
  toEnd(): void {
    this.#following = true;
    this.#jump.hidden = true;
    this.#keepEnd();
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight <= TOLERANCE_PX;
    if (this.#following) this.#jump.hidden = true;
  }

  /** Once per frame, however many messages came: each time costs a layout. */
  #keepEnd(): void {
    if (!this.#following || this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    });
  }
}
