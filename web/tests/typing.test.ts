import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TypingNote } from '../src/typing.ts';

let note: HTMLElement;
let typing: TypingNote;

beforeEach(() => {
  vi.useFakeTimers();
  note = document.createElement('p');
  typing = new TypingNote(note, () => 'me');
});
afterEach(() => void vi.useRealTimers());

const hear = (userId: string, fullName = userId) =>
  typing.heard({ userId, fullName, room: 'lobby' });

test('says who is writing, and how many if they are many', () => {
  hear('Ana');
  expect(note.textContent).toBe('Ana is writing…');
  hear('Berta');
  expect(note.textContent).toBe('Ana and Berta are writing…');
  hear('Clara');
  expect(note.textContent).toBe('3 people are writing…');
  typing.stopped('Ana');
  typing.stopped('Clara');
  expect(note.textContent).toBe('Berta is writing…');
  typing.clear();
  expect(note.textContent).toBe('');
  expect(vi.getTimerCount()).toBe(0);
});

test('forgets who has stopped, and not who goes on', async () => {
  hear('Ana');
  hear('Berta');
  await vi.advanceTimersByTimeAsync(4_000);
  hear('Berta');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(note.textContent).toBe('Berta is writing…');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(note.textContent).toBe('');
});

test('says nothing of the own user on another device', () => {
  hear('me', 'Ana');
  expect(note.textContent).toBe('');
});

test('a name is text, whatever it looks like', () => {
  const hostile = '<img src=x onerror="alert(1)">';
  hear('eve', hostile);
  expect(note.textContent).toBe(`${hostile} is writing…`);
  expect(note.childElementCount).toBe(0);
});
