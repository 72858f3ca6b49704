import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.ts';
import { byId } from '../src/page.ts';
import type { StoredMessage } from '../src/protocol/events.ts';
import type { ListedRoom } from '../src/protocol/rest.ts';
import { FakeRoom } from './fake-room.ts';
import { type FakeSocket, fakeSockets, unsignedToken } from './fake-socket.ts';

const html = readFileSync('index.html', 'utf8');
const body = html.slice(html.indexOf('<body'), html.indexOf('</body>'));
const ME = 'user-1';
const DIRECT = 'direct:user-1:user-2';

let opened: FakeSocket[];
let listed: ListedRoom[];
let rooms: Map<string, FakeRoom>;
let asked: string[];

beforeEach(() => {
  localStorage.clear();
  document.body.innerHTML = body.slice(body.indexOf('>') + 1);
  listed = [{ room: 'lobby', joined: true, lastSeq: 0 }];
  rooms = new Map();
  asked = [];
  vi.stubGlobal('fetch', async () => Response.json(listed));
  const sockets = fakeSockets();
  opened = sockets.opened;
  new App(sockets.open);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const room = (name: string) => {
  const known = rooms.get(name) ?? new FakeRoom(name);
  rooms.set(name, known);
  return known;
};
const text = (id: string) => byId(id, HTMLElement).textContent;
const input = (id: string) => byId(id, HTMLInputElement);
const shown = () => [...document.querySelectorAll('#messages-ul > li > span')].map(contentOf);
const contentOf = (element: Element) => element.textContent;
const titles = () => [...document.querySelectorAll('#rooms-ul .name')].map(contentOf);
const marks = () => [...document.querySelectorAll('#rooms-ul .mark')].map(contentOf);
const buttonOf = (title: string) => {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('#rooms-ul button')];
  const found = buttons.find((button) => button.querySelector('.name')?.textContent === title);
  if (found === undefined) throw new Error(`${title} is not listed`);
  return found;
};
const soon = (check: () => void) => vi.waitFor(check);

/** What the server answers to what the page asks. */
function answer(event: string, payload: object): unknown {
  asked.push(event);
  if (event === 'message-history') {
    const part = payload as Parameters<FakeRoom['history']>[0] & { room?: string };
    return { ok: true, ...room(part.room ?? 'lobby').history(part) };
  }
  if (event === 'catch-up') {
    const seen = (payload as { rooms: Record<string, number> }).rooms;
    const missed = Object.entries(seen).map(([name, seq]) => [name, room(name).missed(seq)]);
    return { ok: true, rooms: Object.fromEntries(missed) };
  }
  if (event === 'presence-subscribe') {
    const connections = [{ id: 'socket-2', device: 'desktop' }];
    return { ok: true, version: 1, people: [{ userId: 'user-2', fullName: 'Berta', connections }] };
  }
  if (event === 'join-room') {
    const { room: name } = payload as { room: string };
    listed.push({ room: name, joined: true, lastSeq: room(name).lastSeq });
    return { ok: true, room: name, lastSeq: room(name).lastSeq };
  }
  return undefined;
}

function connected(ask: FakeSocket['ask'] = answer): FakeSocket {
  const known = opened.at(-1);
  if (known === undefined) {
    input('jwt-token').value = unsignedToken({ id: ME, exp: 4_000_000_000 });
    byId('btn-connect', HTMLButtonElement).click();
  }
  const socket = opened.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  socket.ask = ask;
  socket.accept('socket-1');
  return socket;
}

function receive(socket: FakeSocket, said: StoredMessage, more: object = {}): void {
  const { fullName, message, ...meta } = said;
  socket.receive('message-from-server', { fullName, message }, { ...meta, ...more });
}

function say(message: string): void {
  input('message-input').value = message;
  byId('message-form', HTMLFormElement).requestSubmit();
}

test('the open room shows what was said before, and then what is said', async () => {
  room('lobby').say({ message: 'one' });
  const socket = connected();
  await soon(() => expect(shown()).toEqual(['one']));
  const two = room('lobby').say({ message: 'two' });
  receive(socket, two);
  receive(socket, two);
  expect(shown()).toEqual(['one', 'two']);
});

test('after a reconnection it shows what was missed, in order and once', async () => {
  room('lobby').say({ message: 'one' });
  const socket = connected();
  await soon(() => expect(shown()).toEqual(['one']));
  socket.lose();
  expect(text('connection-note')).toBe('The connection was lost. Reconnecting…');
  room('lobby').say({ message: 'two' });
  connected();
  receive(socket, room('lobby').say({ message: 'three' }));
  await soon(() => expect(shown()).toEqual(['one', 'two', 'three']));
  expect(asked.filter((event) => event === 'catch-up')).toHaveLength(1);
  expect(text('server-status')).toBe('connected');
});

test('rooms are listed with what is unread, as text for screen readers too', async () => {
  listed.push({ room: 'ventas', joined: true, lastSeq: 4 });
  listed.push({ room: 'stock', joined: false, lastSeq: 2 });
  const socket = connected();
  await soon(() => expect(titles()).toEqual(['Lobby', 'stock', 'ventas']));
  expect(marks()).toEqual(['', 'Join', '']);
  room('ventas').lastSeq = 4;
  receive(socket, room('ventas').say());
  expect(marks()).toEqual(['', 'Join', '1']);
  expect(buttonOf('ventas').textContent.replaceAll(/\s+/g, ' ')).toBe('ventas 1 unread message');
  expect(document.title).toBe('(1) Tertulia');
  expect(shown()).toEqual([]);
  buttonOf('ventas').click();
  expect(shown()).toHaveLength(1);
  await soon(() => expect(marks()).toEqual(['', 'Join', '']));
  expect(document.title).toBe('Tertulia');
  expect(document.querySelectorAll('#rooms-ul [aria-current="true"]')).toHaveLength(1);
  expect(text('room-title')).toBe('ventas');
});

test('a room is joined by its name, or by choosing it', async () => {
  listed.push({ room: 'stock', joined: false, lastSeq: 0 });
  connected();
  await soon(() => expect(titles()).toContain('stock'));
  buttonOf('stock').click();
  await soon(() => expect(text('room-title')).toBe('stock'));
  input('room-input').value = ' ventas ';
  byId('room-form', HTMLFormElement).requestSubmit();
  await soon(() => expect(text('room-title')).toBe('ventas'));
  expect(input('room-input').value).toBe('');
  expect(byId('btn-leave-room', HTMLElement).hidden).toBe(false);
});

test('a list that was asked for before a room was joined takes nothing away', async () => {
  const answers: (() => void)[] = [];
  vi.stubGlobal('fetch', () => {
    const answer = Response.json(listed);
    return new Promise((resolve) => answers.push(() => resolve(answer)));
  });
  connected();
  input('room-input').value = 'ventas';
  byId('room-form', HTMLFormElement).requestSubmit();
  await soon(() => expect(text('room-title')).toBe('ventas'));
  answers[0]?.();
  await soon(() => expect(answers).toHaveLength(2));
  expect(titles()).toEqual(['Lobby', 'ventas']);
  answers[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(text('room-title')).toBe('ventas');
});

test('a room that cannot be joined says why', async () => {
  const socket = connected();
  const error = { code: 'invalid_payload', message: 'room must be 1 to 64 characters' };
  socket.ask = (event, payload) =>
    event === 'join-room' ? { ok: false, error } : answer(event, payload);
  input('room-input').value = 'a b';
  byId('room-form', HTMLFormElement).requestSubmit();
  await soon(() => expect(text('room-note')).toContain('1 to 64 characters'));
  expect(text('room-title')).toBe('Lobby');
});

test('one talks to a person by pressing their name', async () => {
  const socket = connected();
  await soon(() => expect(text('clients-ul')).toBe('Berta'));
  document.querySelector<HTMLButtonElement>('#clients-ul button')?.click();
  expect(text('room-title')).toBe('Berta');
  const sent: object[] = [];
  socket.ask = (event, payload) => {
    if (event !== 'direct-message') return answer(event, payload);
    sent.push(payload);
    return { ok: true, id: 'd1', seq: 1, room: DIRECT, sentAt: '2025-06-01T10:00:00.000Z' };
  };
  say('between us');
  const wanted = {
    to: { userId: 'user-2' },
    message: 'between us',
    clientMsgId: expect.any(String),
  };
  await soon(() => expect(sent).toEqual([wanted]));
});

test('who writes to somebody for the first time is listed by name, and unread', async () => {
  const socket = connected();
  await soon(() => expect(titles()).toEqual(['Lobby']));
  receive(socket, room(DIRECT).say({ message: 'psst' }), { direct: true, to: ME });
  expect(titles()).toEqual(['Lobby', 'Berta']);
  expect(marks()).toEqual(['', '1']);
  expect(shown()).toEqual([]);
});

test('a message is on its way until it has arrived, and there once then', async () => {
  const socket = connected();
  await soon(() => expect(asked).toContain('message-history'));
  const state = () => document.querySelector<HTMLElement>('#messages-ul > li')?.dataset.state;
  let confirm: (ack: object) => void = () => undefined;
  socket.ask = (event, payload) => {
    if (event !== 'message-from-client') return answer(event, payload);
    return new Promise((resolve) => {
      confirm = resolve;
    });
  };
  say('hola');
  expect(shown()).toEqual(['hola']);
  expect(state()).toBe('sending');
  const said = room('lobby').say({ userId: ME, message: 'hola' });
  confirm({ ok: true, ...said });
  await soon(() => expect(state()).toBeUndefined());
  expect(shown()).toEqual(['hola']);
  receive(socket, said);
  expect(shown()).toEqual(['hola']);
  // The other way round it is heard before it is confirmed.
  say('again');
  receive(socket, room('lobby').say({ userId: ME, message: 'again' }));
  expect(shown()).toEqual(['hola', 'again']);
});

test('one that was not confirmed is sent again by itself after a reconnection', async () => {
  const socket = connected();
  socket.answer = undefined;
  const ids: unknown[] = [];
  let isAway = true;
  socket.ask = (event, payload) => {
    if (event !== 'message-from-client') return answer(event, payload);
    ids.push((payload as { clientMsgId?: string }).clientMsgId);
    if (!isAway) return { ok: true, ...room('lobby').say({ userId: ME, message: 'hola' }) };
    socket.lose();
    return undefined;
  };
  say('hola');
  await soon(() => expect(text('connection-note')).toContain('Reconnecting'));
  expect(shown()).toEqual(['hola']);
  isAway = false;
  connected(socket.ask);
  await soon(() => expect(ids).toHaveLength(2));
  expect(ids[0]).toBe(ids[1]);
});

test('one that was refused says why, and can be put right or sent again', async () => {
  const socket = connected();
  const error = { code: 'rate_limited', message: 'x' } as const;
  socket.answer = { ok: false, error };
  say('too fast');
  const failed = () => document.querySelector('#messages-ul > li[data-state="failed"]');
  await soon(() => expect(failed()?.querySelector('em')?.textContent).toContain('too fast'));
  expect(input('message-input').value).toBe('too fast');
  socket.answer = undefined;
  const again = [...(failed()?.querySelectorAll('button') ?? [])].find(
    ({ textContent }) => textContent === 'Send again',
  );
  again?.click();
  expect(input('message-input').value).toBe('');
  expect(failed()).toBeNull();
  expect(socket.sent[0]?.clientMsgId).toBe(socket.sent.at(-1)?.clientMsgId);
});

test('what is written belongs to its room, and so does who is writing', async () => {
  listed.push({ room: 'ventas', joined: true, lastSeq: 0 });
  const socket = connected();
  await soon(() => expect(titles()).toContain('ventas'));
  input('message-input').value = 'for the lobby';
  buttonOf('ventas').click();
  expect(input('message-input').value).toBe('');
  socket.receive('typing', { userId: 'user-2', fullName: 'Berta', room: 'lobby' });
  expect(text('typing-note')).toBe('');
  input('message-input').value = 'v';
  input('message-input').dispatchEvent(new Event('input'));
  expect(socket.noticedIn).toEqual([{ room: 'ventas' }]);
  buttonOf('Lobby').click();
  expect(input('message-input').value).toBe('for the lobby');
  expect(text('typing-note')).toBe('Berta is writing…');
});

test('somebody else finds nothing of what the one before them did', async () => {
  const socket = connected();
  receive(socket, room('lobby').say({ message: 'one' }));
  receive(socket, room(DIRECT).say({ message: 'psst' }), { direct: true, to: ME });
  input('message-input').value = 'begun';
  room('lobby').reset();
  input('jwt-token').value = unsignedToken({ id: 'user-3' });
  byId('btn-connect', HTMLButtonElement).click();
  expect(shown()).toEqual([]);
  expect(titles()).toEqual(['Lobby']);
  expect(input('message-input').value).toBe('');
});

test('names of rooms and members are text, whatever they look like', async () => {
  const hostile = '<img src=x onerror="alert(1)">';
  listed.push({ room: 'ventas', joined: true, lastSeq: 0 });
  const socket = connected();
  await soon(() => expect(titles()).toContain('ventas'));
  receive(socket, room(DIRECT).say({ fullName: hostile }), { direct: true, to: ME });
  buttonOf(hostile).click();
  expect(text('room-title')).toBe(hostile);
  buttonOf('ventas').click();
  socket.ask = (event, payload) =>
    event === 'room-members'
      ? { ok: true, members: [{ userId: 'user-2', fullName: hostile }] }
      : answer(event, payload);
  const members = byId('members', HTMLDetailsElement);
  members.open = true;
  members.dispatchEvent(new Event('toggle'));
  await soon(() => expect(text('members-ul')).toBe(hostile));
  expect(document.querySelector('#rooms img, #conversation img')).toBeNull();
});
