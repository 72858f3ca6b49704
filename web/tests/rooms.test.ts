import { beforeEach, expect, test } from 'vitest';
import { StoredMarks } from '../src/model/read-marks.ts';
import { companionIn, directName, Rooms, titleOf } from '../src/model/rooms.ts';
import { message, messages } from './fake-room.ts';

const ME = 'user-1';
const DIRECT = 'direct:user-1:user-2';
let marks: Map<string, number>;
let rooms: Rooms;

beforeEach(() => {
  marks = new Map();
  rooms = new Rooms(ME, marks);
});

const arrive = (seq: number, over: Parameters<typeof message>[1] = {}, direct = false) => {
  const said = message(seq, over);
  const { id, room, userId, sentAt } = said;
  return rooms.arrived(said, { id, seq, room, userId, sentAt, ...(direct ? { direct } : {}) });
};
const counts = () => Object.fromEntries(rooms.all.map((room) => [room.name, rooms.unread(room)]));

test('two people have one name for what they talk about', () => {
  expect(directName('b', 'a')).toBe('direct:a:b');
  expect(directName('a', 'b')).toBe('direct:a:b');
  expect(companionIn('direct:a:b', 'a')).toBe('b');
  expect(companionIn('direct:a:b', 'b')).toBe('a');
  expect(companionIn('direct', 'b')).toBeUndefined();
});

test('what was said before somebody came is no news, unless it was said to them', () => {
  rooms.listed([
    { room: 'lobby', joined: true, lastSeq: 9 },
    { room: 'ventas', joined: true, lastSeq: 5 },
    { room: DIRECT, joined: true, lastSeq: 2, direct: { userId: 'user-2', fullName: 'Berta' } },
  ]);
  expect(counts()).toEqual({ lobby: 9, ventas: 0, [DIRECT]: 2 });
  expect(rooms.all.map(titleOf)).toEqual(['Lobby', 'ventas', 'Berta']);
});

test('what arrives is unread until it is read, and so it stays in another session', () => {
  rooms.listed([{ room: 'ventas', joined: true, lastSeq: 5 }]);
  arrive(6, { room: 'ventas' });
  arrive(7, { room: 'ventas' });
  expect(counts()).toMatchObject({ ventas: 2 });
  const room = rooms.get('ventas');
  if (room === undefined) throw new Error('it is gone');
  rooms.show(room);
  room.log.loaded(messages(1, 7), false);
  rooms.readToEnd();
  expect(counts()).toMatchObject({ ventas: 0 });
  const later = new Rooms(ME, marks);
  later.listed([{ room: 'ventas', joined: true, lastSeq: 9 }]);
  expect(later.all.map((other) => later.unread(other))).toEqual([0, 2]);
});

test('what is said in a room after one came to know it is news in another session too', () => {
  rooms.joined('ventas', 0);
  rooms.listed([
    { room: 'ventas', joined: true, lastSeq: 0 },
    { room: 'stock', joined: true, lastSeq: 5 },
  ]);
  const later = new Rooms(ME, marks);
  later.listed([
    { room: 'ventas', joined: true, lastSeq: 1 },
    { room: 'stock', joined: true, lastSeq: 7 },
  ]);
  expect(later.all.map((room) => [room.name, later.unread(room)])).toEqual([
    ['lobby', 0],
    ['stock', 2],
    ['ventas', 1],
  ]);
});

test('whoever says something has read what was there', () => {
  arrive(1);
  arrive(2, { userId: ME });
  expect(counts()).toEqual({ lobby: 0 });
  arrive(3);
  expect(counts()).toEqual({ lobby: 1 });
});

test('somebody who writes for the first time is there, by name', () => {
  const { room, isKnown } = arrive(1, { room: DIRECT }, true);
  expect(isKnown).toBe(false);
  expect(titleOf(room)).toBe('Berta');
  expect(rooms.unread(room)).toBe(1);
  expect(rooms.direct({ userId: 'user-2', fullName: 'Berta' })).toBe(room);
});

test('a room that is not listed any more is gone, and the lobby is open', () => {
  rooms.show(rooms.joined('ventas', 3));
  rooms.direct({ userId: 'user-2', fullName: 'Berta' });
  rooms.listed([{ room: 'lobby', joined: true, lastSeq: 1 }]);
  expect(rooms.open.name).toBe('lobby');
  expect(rooms.all.map(({ name }) => name)).toEqual(['lobby', DIRECT]);
});

test('a room that was left on another device is open no more, and can be joined again', () => {
  rooms.show(rooms.joined('ventas', 3));
  rooms.listed([{ room: 'ventas', joined: false, lastSeq: 4 }]);
  expect(rooms.open.name).toBe('lobby');
  expect(rooms.get('ventas')?.isJoined).toBe(false);
});

test('a room that one may join has nothing unread before', () => {
  rooms.listed([{ room: 'ventas', joined: false, lastSeq: 8 }]);
  expect(counts()).toMatchObject({ ventas: 0 });
  expect(rooms.unread(rooms.joined('ventas', 9))).toBe(0);
  arrive(10, { room: 'ventas' });
  expect(counts()).toMatchObject({ ventas: 1 });
});

test('a room that counts from 1 again has unread messages still', () => {
  rooms.open.log.loaded(messages(1, 9), false);
  rooms.readToEnd();
  arrive(1, { id: 'another' });
  expect(counts()).toEqual({ lobby: 1 });
});

test('marks are kept by user, and what is kept need not be sound', () => {
  localStorage.clear();
  const mine = new StoredMarks('a', localStorage);
  for (let i = 0; i < 510; i++) mine.set(`room ${i}`, i);
  expect(new StoredMarks('a', localStorage).get('room 509')).toBe(509);
  expect(new StoredMarks('a', localStorage).get('room 9')).toBeUndefined();
  expect(new StoredMarks('b', localStorage).get('room 509')).toBeUndefined();
  for (const odd of ['{', '{}', '[1,["x"],["y","z"],["ok",3]]']) {
    localStorage.setItem('tertulia.read.c', odd);
    expect(new StoredMarks('c', localStorage).get('y')).toBeUndefined();
  }
  expect(new StoredMarks('c', localStorage).get('ok')).toBe(3);
  expect(new StoredMarks('d', undefined).get('x')).toBeUndefined();
});
