// @ts-check
// What has to hold in the end.
import assert from "node:assert/strict";
import { ask, history } from "../ask.mjs";
import { check } from "../said.mjs";

/** @typedef {import("../ask.mjs").Message} Message */
/** @typedef {import("./world.mjs").World} World */
/** @typedef {import("./member.mjs").Member} Member */

/** @param {World} world */
export async function judge(world) {
  const stored = await everything(world);
  const all = [...stored.values()].flat();
  check(all, world.posts.values());
  for (const member of world.members) {
    for (const { follower, socket } of member.devices) {
      assert.deepEqual(follower.faults, [], `what ${member.user.email} was told`);
      await follower.catchUp();
      assert.ok(follower.isUpToDate && socket.connected);
      for (const [room, followed] of follower.rooms) {
        const told = stored.get(room)?.slice(followed.start) ?? [];
        assert.deepEqual(followed.messages, told, `what ${member.user.email} knows of ${room}`);
      }
      for (const message of follower.before) {
        assert.deepEqual(message, stored.get(message.room)?.[message.seq - 1]);
      }
      assert.deepEqual(follower.faults, [], `what ${member.user.email} was told in the end`);
    }
  }
  for (const room of ["red", "blue"]) await members(world, room);
  return { stored: all.length };
}

/**
 * What is stored of all rooms.
 * @param {World} world
 */
async function everything(world) {
  /** @type {Map<string, Message[]>} */
  const stored = new Map();
  for (const member of world.members) {
    for (const room of [...member.ownRooms, ...member.joined.keys()]) {
      if (!stored.has(room)) stored.set(room, await history(member.devices[0].socket, room));
    }
  }
  return stored;
}

/**
 * Those who have joined, and nobody else, are members.
 * @param {World} world
 * @param {string} room
 */
async function members(world, room) {
  const joined = world.members.filter((member) => member.joined.has(room));
  const { socket } = world.devices[0];
  if (!world.members[0].joined.has(room)) await ask(socket, "join-room", { room });
  const answer = await ask(socket, "room-members", { room });
  const ids = answer.members.map((/** @type {{ userId: string }} */ one) => one.userId);
  const wanted = new Set([...joined, world.members[0]].map(({ user }) => user.id));
  assert.deepEqual(ids.sort(), [...wanted].sort(), `the members of ${room}`);
}
