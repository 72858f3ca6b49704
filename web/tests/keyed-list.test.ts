import { expect, test } from 'vitest';
import { KeyedList } from '../src/keyed-list.ts';

test('what stays is the same element, in the new order', () => {
  const list = document.createElement('ul');
  const keyed = new KeyedList<string>(
    list,
    (item) => item[0] ?? '',
    () => document.createElement('li'),
    (element, item) => {
      element.textContent = item;
    },
  );
  const show = (...items: string[]) => {
    keyed.show(items);
    return [...list.children];
  };
  const [a, b, c] = show('a', 'b', 'c');
  expect(show('b', 'c2', 'd', 'a')).toEqual([b, c, list.children[2], a]);
  expect(c?.textContent).toBe('c2');
  expect(show('d', 'a')).toEqual([list.children[0], a]);
  expect(show()).toEqual([]);
});
