import { beforeEach, expect, test, vi } from 'vitest';
import { Follower } from '../src/follow.ts';

const VIEW = 100;
let contentHeight: number;
let top: number;
let scroller: HTMLElement;
let jump: HTMLButtonElement;
let follower: Follower;
let frame: () => void;

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
  follower = new Follower(scroller, jump);
});

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
