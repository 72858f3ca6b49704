import { beforeEach, expect, test } from 'vitest';
import { MAX_SHOWN, People } from '../src/people.ts';
import type { Person } from '../src/protocol/events.ts';

let elements: { list: HTMLElement; count: HTMLElement; more: HTMLElement };
let people: People;

beforeEach(() => {
  elements = {
    list: document.createElement('ul'),
    count: document.createElement('span'),
    more: document.createElement('p'),
  };
  people = new People(elements);
});

const person = (fullName: string, ...socketIds: string[]): Person => ({
  userId: `user ${fullName}`,
  fullName,
  connections: socketIds.map((id) => ({ id, device: 'desktop' })),
});
const shown = () => [...elements.list.children].map((item) => item.textContent);

test('a person is listed once, and oneself is marked', () => {
  people.setOwn('c');
  people.update([person('Ana', 'a'), person('Berta', 'b', 'c')]);
  expect(shown()).toEqual(['Ana', 'Berta (you)']);
  expect(elements.list.querySelector('[aria-current="true"]')?.textContent).toBe('Berta (you)');
  expect(elements.count.textContent).toBe('2');
});

test('a name is text, whatever it looks like', () => {
  const hostile = '<img src=x onerror="alert(1)">';
  people.update([person(hostile, 'a')]);
  expect(shown()).toEqual([hostile]);
  expect(elements.list.querySelector('img')).toBeNull();
});

test('a long list is cut, and says so', () => {
  people.update(Array.from({ length: MAX_SHOWN + 7 }, (_, i) => person(`p${i}`, `s${i}`)));
  expect(elements.list.childElementCount).toBe(MAX_SHOWN);
  expect(elements.more.hidden).toBe(false);
  expect(elements.more.textContent).toBe('and 7 more');
});
