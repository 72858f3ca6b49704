import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

test.each(sources)('%s turns no text into markup', (path) => {
  const source = readFileSync(path, 'utf8');
  expect(source).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|createContextualFragment|\beval\b|new Function/,
  );
});

test('the page has nothing inline, and nothing from elsewhere', () => {
  const page = readFileSync('index.html', 'utf8');
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|data:|https?:/);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
  for (const sheet of ['src/style.css', 'src/rooms.css']) {
    expect(readFileSync(sheet, 'utf8')).not.toMatch(/url\(|@import/);
  }
});
