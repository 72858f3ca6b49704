import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.ts';
import { MAX_MESSAGES } from '../src/model/room-log.ts';
import { byId } from '../src/page.ts';
import { accepted, exception, type FakeSocket, fakeSockets, unsignedToken } from './fake-socket.ts';

const html = readFileSync('index.html', 'utf8');
const body = html.slice(html.indexOf('<body'), html.indexOf('</body>'));
const TOKEN = unsignedToken({ id: 'user-1', exp: 4_000_000_000 });

let opened: FakeSocket[];
let fetched: ReturnType<typeof vi.fn<typeof fetch>>;

beforeEach(() => {
  document.body.innerHTML = body.slice(body.indexOf('>') + 1);
  fetched = vi.fn<typeof fetch>(async () => Response.json([]));
  vi.stubGlobal('fetch', fetched);
  vi.stubGlobal('alert', vi.fn());
  const sockets = fakeSockets();
  opened = sockets.opened;
  new App(sockets.open);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const text = (id: string) => byId(id, HTMLElement).textContent;
const input = (id: string) => byId(id, HTMLInputElement);
const messages = () => [...byId('messages-ul', HTMLElement).children];

function connectWith(token: string): FakeSocket | undefined {
  input('jwt-token').value = token;
  byId('btn-connect', HTMLButtonElement).click();
  return opened.at(-1);
}

function connected(token = TOKEN, id = 'socket-1'): FakeSocket {
  const socket = connectWith(token);
  if (socket === undefined) throw new Error('no socket was opened');
  socket.accept(id);
  return socket;
}

async function say(message: string): Promise<void> {
  input('message-input').value = message;
  byId('message-form', HTMLFormElement).requestSubmit();
  // The answer of the fake server is there after the microtasks that are queued now.
  await Promise.resolve();
}

const answerWith = (status: number, value: unknown) =>
  fetched.mockResolvedValueOnce(Response.json(value, { status }));

test('is offline at first, then connected, then disconnected', () => {
  expect(text('server-status')).toBe('offline');
  const socket = connected();
  expect(text('server-status')).toBe('connected');
  socket.lose();
  expect(text('server-status')).toBe('disconnected');
  expect(text('connection-note')).toContain('Reconnecting');
  socket.accept('socket-2');
  expect(text('server-status')).toBe('connected');
});

test('an empty token is not tried', () => {
  connectWith('   ');
  expect(alert).toHaveBeenCalledExactlyOnceWith('Enter a valid JWT');
  expect(opened).toHaveLength(0);
});

test('another token replaces the socket, and no listener is there twice', async () => {
  const first = connected('one');
  const second = connected('two', 'socket-2');
  expect(first.connected).toBe(false);
  expect(first.handlerCount('message-from-server')).toBe(0);
  expect(second.handlerCount('message-from-server')).toBe(1);
  await say('hello');
  expect(first.sent).toEqual([]);
  expect(second.sent).toEqual([{ message: 'hello', clientMsgId: expect.any(String) }]);
  expect(second.accept('socket-3')).toBe('two');
});

test('blanks are not sent, the rest is sent as written and clears the input', async () => {
  const socket = connected();
  await say(' \t ');
  expect(socket.sent).toEqual([]);
  await say(' hi ');
  expect(socket.sent).toEqual([{ message: ' hi ', clientMsgId: expect.any(String) }]);
  expect(input('message-input').value).toBe('');
});

test('a message that was not accepted is given back, with the reason', async () => {
  const socket = connected();
  socket.answer = { ok: false, error: { code: 'rate_limited', message: 'x' } };
  await say('too fast');
  await vi.waitFor(() => expect(text('message-note')).toContain('too fast'));
  expect(input('message-input').value).toBe('too fast');
  socket.answer = accepted(2);
  await say('again');
  expect(text('message-note')).toBe('');
});

test('what is not confirmed or not even sent is said', async () => {
  const socket = connected();
  socket.answer = undefined;
  await say('hello?');
  await vi.waitFor(() => expect(text('message-note')).toContain('did not confirm'));
  socket.lose();
  await say('anyone?');
  await vi.waitFor(() => expect(text('message-note')).toContain('not connected'));
});

test('a message has the name in strong and the text in span, whatever they look like', () => {
  const socket = connected();
  const fullName = '<img src=x onerror=alert(1)>';
  const message = '<script>alert(2)</script>';
  const meta = { id: '1', seq: 1, room: 'lobby', userId: 'user-2', sentAt: '2025-06-01T10:00:00Z' };
  socket.receive('message-from-server', { fullName, message }, meta);
  const [item] = messages();
  expect(item?.querySelector('strong')?.textContent).toBe(fullName);
  expect(item?.querySelector('span')?.textContent).toBe(message);
  expect(item?.querySelector('time')?.dateTime).toBe('2025-06-01T10:00:00.000Z');
  expect(item?.querySelector('img, script')).toBeNull();
  expect(item?.classList.contains('own')).toBe(false);
});

test('own messages are marked, and the second argument may be missing or odd', () => {
  const socket = connected();
  const message = { fullName: 'Ana', message: 'hi' };
  const meta = { id: '1', seq: 1, room: 'lobby', userId: 'user-1', sentAt: 'yesterday' };
  socket.receive('message-from-server', message, meta);
  socket.receive('message-from-server', message);
  socket.receive('message-from-server', message, 'an offset');
  expect(messages().map((item) => item.classList.contains('own'))).toEqual([true, false, false]);
  expect(messages().every((item) => item.querySelector('time')?.dateTime)).toBe(true);
});

test('old messages leave', () => {
  const socket = connected();
  for (let i = 0; i < MAX_MESSAGES + 5; i++) {
    socket.receive('message-from-server', { fullName: 'Ana', message: String(i) });
  }
  expect(messages()).toHaveLength(MAX_MESSAGES);
  expect(messages()[0]?.querySelector('span')?.textContent).toBe('5');
});

test('says why a connection was refused or ended', () => {
  const socket = connected();
  socket.receive('exception', exception('session_replaced', 'connection'));
  socket.end();
  expect(text('server-status')).toBe('disconnected');
  expect(text('connection-note')).toContain('somewhere else');
  expect(text('clients-count')).toBe('0');
});

test('says why a connection was refused with connect_error', () => {
  const socket = connectWith('bad');
  if (socket === undefined) throw new Error('no socket was opened');
  socket.active = false;
  const data = { code: 'token_invalid', message: 'x' };
  socket.receive('connect_error', Object.assign(new Error('nope'), { data }));
  expect(text('server-status')).toBe('disconnected');
  expect(text('connection-note')).toContain('token is not valid');
});

test('a server that cannot be reached is tried again', () => {
  connectWith(TOKEN)?.receive('connect_error', new Error('xhr poll error'));
  expect(text('connection-note')).toContain('Reconnecting');
});

test('an exception that ends nothing belongs to the message', () => {
  const socket = connected();
  socket.receive('exception', exception('invalid_payload', 'message-from-client'));
  expect(text('message-note')).toContain('did not understand');
  socket.end();
  expect(text('connection-note')).toBe('The server closed the connection.');
});

test('the others are told of writing, now and then', async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const socket = connected();
  const write = (value: string) => {
    input('message-input').value = value;
    input('message-input').dispatchEvent(new Event('input'));
  };
  write('  ');
  expect(socket.notices).toBe(0);
  for (const value of ['h', 'ho', 'hol']) write(value);
  expect(socket.notices).toBe(1);
  vi.setSystemTime(1_003_000);
  write('hola');
  expect(socket.notices).toBe(2);
  await say('hola');
  write('y');
  expect(socket.notices).toBe(3);
  socket.lose();
  vi.setSystemTime(1_010_000);
  write('yo');
  expect(socket.notices).toBe(3);
});

test('who is writing is shown until their message arrives, or nobody is there any more', () => {
  const socket = connected();
  const notice = { userId: 'user-2', fullName: 'Berta', room: 'lobby' };
  socket.receive('typing', notice);
  expect(text('typing-note')).toBe('Berta is writing…');
  const meta = { id: '1', seq: 1, room: 'lobby', userId: 'user-2', sentAt: '2025-06-01T10:00:00Z' };
  socket.receive('message-from-server', { fullName: 'Berta', message: 'hi' }, meta);
  expect(text('typing-note')).toBe('');
  socket.receive('typing', { ...notice, userId: 'user-1', fullName: 'myself, elsewhere' });
  expect(text('typing-note')).toBe('');
  socket.receive('typing', notice);
  socket.lose();
  expect(text('typing-note')).toBe('');
});

test('one that floods is told why it was disconnected', () => {
  const socket = connected();
  socket.receive('exception', exception('rate_limited', 'typing'));
  expect(text('message-note')).toContain('too fast');
  socket.receive('exception', exception('rate_limited', 'connection'));
  socket.end();
  expect(text('connection-note')).toContain('too fast');
});

test('leaving is told and can be undone', () => {
  const socket = connected();
  byId('btn-disconnect', HTMLButtonElement).click();
  expect(socket.connected).toBe(false);
  expect(text('connection-note')).toBe('You have left.');
  connected();
  expect(text('server-status')).toBe('connected');
});

test('signing in fills the token and connects', async () => {
  answerWith(201, { id: 'user-1', fullName: 'Ana', token: TOKEN });
  input('email').value = ' ana@example.com ';
  input('password').value = 'Abc123';
  byId('btn-sign-in', HTMLButtonElement).click();
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  expect(fetched.mock.calls[0]?.[0]).toBe('/api/auth/login');
  expect(fetched.mock.calls[0]?.[1]?.body).toBe(
    JSON.stringify({ email: 'ana@example.com', password: 'Abc123' }),
  );
  expect(input('jwt-token').value).toBe(TOKEN);
  expect(opened[0]?.accept('socket-1')).toBe(TOKEN);
  expect(input('password').value).toBe('');
});

test('a new account needs a name, and all its faults are shown', async () => {
  byId('btn-register', HTMLButtonElement).click();
  expect(byId('full-name-field', HTMLElement).hidden).toBe(false);
  answerWith(400, { message: ['first fault', 'second fault'], statusCode: 400 });
  input('full-name').value = 'Ana';
  input('email').value = 'ana@example.com';
  input('password').value = 'x';
  byId('btn-sign-in', HTMLButtonElement).click();
  await vi.waitFor(() => expect(text('sign-in-error')).toBe('first fault\nsecond fault'));
  expect(fetched.mock.calls[0]?.[0]).toBe('/api/auth/register');
  expect(opened).toHaveLength(0);
});

test('a server that does not answer is told', async () => {
  fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'));
  input('email').value = 'ana@example.com';
  input('password').value = 'Abc123';
  byId('btn-sign-in', HTMLButtonElement).click();
  await vi.waitFor(() => expect(text('sign-in-error')).toContain('did not answer'));
});

test('a connection goes on with a fresh token when the server says that it is time', async () => {
  const [old, fresh] = [unsignedToken({ id: 'u', exp: 1 }), unsignedToken({ id: 'u', exp: 2 })];
  const socket = connected(old);
  answerWith(200, { token: fresh });
  socket.receive('auth-expiring', { expiresAt: '2100-01-01T00:00:00.000Z', secondsLeft: 60 });
  socket.receive('auth-expiring', { expiresAt: '2100-01-01T00:00:00.000Z', secondsLeft: 59 });
  await vi.waitFor(() => expect(socket.presented).toEqual([fresh]));
  expect(input('jwt-token').value).toBe(fresh);
  expect(opened).toHaveLength(1);
  const asked = fetched.mock.calls.filter(([path]) => String(path).includes('check-status'));
  expect(asked).toHaveLength(1);
});

test('a renewed token is carried by the next connection, also after the old one ran out', async () => {
  vi.useFakeTimers({ now: 0 });
  const [old, fresh] = [unsignedToken({ exp: 7200 }), unsignedToken({ exp: 14_400 })];
  const socket = connected(old);
  socket.knowsRefresh = false;
  answerWith(200, { token: fresh });
  await vi.advanceTimersByTimeAsync(7_140_000);
  expect(input('jwt-token').value).toBe(fresh);
  expect(text('server-status')).toBe('connected');

  socket.receive('exception', exception('token_expired', 'connection'));
  socket.end();
  expect(opened).toHaveLength(2);
  expect(opened[1]?.accept('socket-2')).toBe(fresh);

  opened[1]?.receive('exception', exception('token_expired', 'connection'));
  opened[1]?.end();
  expect(opened).toHaveLength(2);
  expect(text('connection-note')).toContain('expired');
});
