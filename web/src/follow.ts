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
  /** Where the last move to the end led. */
  #endTop = 0;
  #frame: number | undefined;

  constructor(scroller: HTMLElement, jump: HTMLElement) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    jump.addEventListener('click', () => this.toEnd());
    this.#setFollowing(true);
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
    this.#setFollowing(true);
    this.#keepEnd();
  }

  /**
   * The event comes a frame late, when there may be more messages already: being where the last
   * move led is following still, else a quick conversation would shake off its reader.
   */
  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= TOLERANCE_PX;
    const isWhereMoved = scrollTop >= this.#endTop - TOLERANCE_PX;
    this.#setFollowing(isAtEnd || (this.#following && isWhereMoved));
  }

  #setFollowing(isFollowing: boolean): void {
    this.#following = isFollowing;
    if (isFollowing) this.#jump.hidden = true;
    // The style sheet has the browser hold the reader's place only for those who have scrolled up.
    this.#scroller.toggleAttribute('data-following', isFollowing);
  }

  /** Once per frame, however many messages came: each time costs a layout. */
  #keepEnd(): void {
    if (!this.#following || this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      if (!this.#following) return;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      this.#endTop = this.#scroller.scrollTop;
    });
  }
}
