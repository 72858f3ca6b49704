import { beforeEach, expect, test, vi } from 'vitest';
import { Follower } from '../src/follow.ts';

const VIEW = 100;
let contentHeight: number;
let top: number;
let scroller: HTMLElement;
let jump: HTMLButtonElement;
let follower: Follower;
let frame: () => void;
let told: string[];

beforeEach(() => {
  contentHeight = VIEW;
  top = 0;
  frame = () => undefined;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    frame = callback;
    return 1;
  });
  scroller = document.createElement('div');
  Object.defineProperties(scroller, {
    clientHeight: { get: () => VIEW },
    scrollHeight: { get: () => contentHeight },
    scrollTop: {
      get: () => top,
      set: (value: number) => {
        top = Math.min(value, contentHeight - VIEW);
      },
    },
  });
  jump = document.createElement('button');
  jump.hidden = true;
  told = [];
  follower = new Follower(scroller, jump, {
    nearStart: () => told.push('near start'),
    nearEnd: () => told.push('near end'),
    followingChanged: (isFollowing) => told.push(isFollowing ? 'follows' : 'scrolled up'),
  });
});

/** An item that is so far from the top of the content. */
function itemAt(offset: () => number): HTMLElement {
  const item = document.createElement('li');
  item.getBoundingClientRect = () => new DOMRect(0, offset() - top, 10, 20);
  scroller.append(item);
  return item;
}

function grow(): void {
  contentHeight += 200;
  follower.grown();
}

function scrollTo(position: number): void {
  top = position;
  scroller.dispatchEvent(new Event('scroll'));
}

test('keeps the end in view', () => {
  grow();
  frame();
  expect(top).toBe(200);
});

test('a late scroll event of its own does not stop it', () => {
  grow();
  frame();
  grow();
  scrollTo(200);
  frame();
  expect(top).toBe(400);
  expect(jump.hidden).toBe(true);
});

test('leaves alone who has scrolled up, and offers the way back', () => {
  grow();
  frame();
  grow();
  scrollTo(20);
  frame();
  grow();
  expect(top).toBe(20);
  expect(jump.hidden).toBe(false);
  jump.click();
  frame();
  expect(top).toBe(600);
  expect(jump.hidden).toBe(true);
});

test('follows again who has scrolled back to the end', () => {
  grow();
  frame();
  scrollTo(0);
  grow();
  expect(jump.hidden).toBe(false);
  scrollTo(contentHeight - VIEW);
  expect(jump.hidden).toBe(true);
  grow();
  frame();
  expect(top).toBe(contentHeight - VIEW);
});

test('whoever has scrolled up sees what they saw when something is added above', () => {
  contentHeight = 5_000;
  let above = 0;
  itemAt(() => above + 1_000);
  itemAt(() => above + 1_100);
  follower.toEnd();
  frame();
  scrollTo(1_050);
  follower.holdPlace(() => {
    above = 300;
    contentHeight += 300;
  });
  expect(top).toBe(1_350);
  follower.toEnd();
  frame();
  follower.holdPlace(() => {
    contentHeight += 300;
  });
  frame();
  expect(top).toBe(contentHeight - VIEW);
});

test('it tells of a reader who comes near either end, and of who scrolls up', () => {
  contentHeight = 5_000;
  follower.toEnd();
  frame();
  expect(told).toEqual(['near end']);
  scrollTo(2_000);
  expect(told).toEqual(['near end', 'scrolled up']);
  scrollTo(100);
  expect(told.at(-1)).toBe('near start');
  jump.click();
  expect(told.at(-1)).toBe('follows');
});

test('where it goes on elsewhere the end is not the end', () => {
  contentHeight = 500;
  follower.setGoesOn(true);
  expect(jump.hidden).toBe(false);
  scrollTo(400);
  expect(follower.isFollowing).toBe(false);
  grow();
  expect(top).toBe(400);
  follower.setGoesOn(false);
  scrollTo(600);
  expect(follower.isFollowing).toBe(true);
});
