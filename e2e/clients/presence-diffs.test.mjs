// @ts-check
// Who is connected, for those who subscribe: a snapshot, then what changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { Random, seed } from "../harness/random.mjs";
import { start } from "../harness/server.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */
/** @typedef {{ userId: string, fullName: string, connections: { id: string, device: string }[] }} Person */

/** @typedef {{ version: number, joins: Person[], leaves: string[] }} Diff */

/** What a client that follows the rules knows: docs/events.md says how. */
class Known {
  /** @type {Map<string, Person>} */
  people = new Map();
  version = -1;
  /** What came before the answer. @type {Diff[]} */
  early = [];

  /** @param {Client} client */
  static async by(client) {
    const known = new Known(client);
    await known.subscribe();
    return known;
  }

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    client.socket.on("presence-diff", (diff) => this.apply(diff));
  }

  async subscribe() {
    const answer = await this.client.socket.emitWithAck("presence-subscribe", {});
    assert.equal(answer.ok, true);
    this.version = answer.version;
    this.people = new Map(answer.people.map((/** @type {Person} */ p) => [p.userId, p]));
    for (const diff of this.early.splice(0)) this.apply(diff);
  }

  /** @param {Diff} diff */
  apply(diff) {
    const { version, joins, leaves } = diff;
    if (this.version < 0) this.early.push(diff);
    if (this.version < 0 || version <= this.version) return;
    if (version > this.version + 1) {
      // Of the diffs that wait for a client only the newest is kept.
      this.version = -1;
      void this.subscribe();
      return;
    }
    this.version = version;
    for (const userId of leaves) this.people.delete(userId);
    for (const person of joins) this.people.set(person.userId, person);
  }

  /** Waits until exactly these are known. @param {Person[]} people */
  async is(people) {
    const wanted = JSON.stringify([...people].sort(byId));
    const isSo = () => JSON.stringify([...this.people.values()].sort(byId)) === wanted;
    while (!isSo()) {
      const seen = this.client.events("presence-diff").length;
      await this.client.event("presence-diff", seen + 1);
    }
  }
}

/** @param {Person} a @param {Person} b */
const byId = (a, b) => a.userId.localeCompare(b.userId);

/** @param {{ id: string }} user @param {string} fullName @param {(Client)[]} clients @returns {Person} */
const person = (user, fullName, ...clients) => ({
  userId: user.id,
  fullName,
  connections: clients.map(({ socket }) => ({ id: String(socket.id), device: "desktop" })),
});

test("a subscriber gets everyone, and then who comes and goes", async (t) => {
  const server = await start(t);
  const [ada, bob, eve] = [
    await server.register("Ada"),
    await server.register("Bob"),
    await server.register("Eve"),
  ];
  const one = await connect(t, server.url, ada.token);
  const two = await connect(t, server.url, bob.token, { transports: transports.polling });
  const known = await Known.by(one);
  assert.deepEqual(
    [...known.people.values()],
    [person(ada, "Ada", one), person(bob, "Bob", two)],
  );
  const three = await connect(t, server.url, eve.token, { transports: transports.websocket });
  const here = [person(ada, "Ada", one), person(bob, "Bob", two), person(eve, "Eve", three)];
  await known.is(here);
  const late = await Known.by(three);
  await late.is(here);
  two.socket.close();
  await known.is([here[0], here[2]]);
  await late.is([here[0], here[2]]);
  assert.equal(known.version, late.version);
});

test("a user with several connections is one person", async (t) => {
  const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
  const ada = await server.register("Ada");
  const watcher = await server.register("Watcher");
  const seer = await connect(t, server.url, watcher.token);
  const known = await Known.by(seer);
  const self = person(watcher, "Watcher", seer);
  const first = await connect(t, server.url, ada.token);
  const second = await connect(t, server.url, ada.token);
  await known.is([self, person(ada, "Ada", first, second)]);
  const leftOver = person(ada, "Ada", second);
  first.socket.close();
  await known.is([self, leftOver]);
  second.socket.close();
  await known.is([self]);
});

test("who subscribes gets no lists any more; everyone else does as before", async (t) => {
  const server = await start(t);
  const [ada, bob, eve] = [await server.register(), await server.register(), await server.register()];
  const subscriber = await connect(t, server.url, ada.token);
  const old = await connect(t, server.url, bob.token);
  await old.list([subscriber.socket.id, old.socket.id]);
  const known = await Known.by(subscriber);
  const lists = subscriber.events("clients-updated").length;
  const last = await connect(t, server.url, eve.token);
  await old.list([subscriber.socket.id, old.socket.id, last.socket.id]);
  while (known.people.size < 3) {
    await subscriber.event("presence-diff", subscriber.events("presence-diff").length + 1);
  }
  // What is sent later arrives later: a list would be here by now.
  await subscriber.socket.emitWithAck("message-from-client", { message: "x" });
  assert.equal(subscriber.events("clients-updated").length, lists);
  assert.deepEqual(old.events("presence-diff"), []);
});

test("a connection that was recovered subscribes anew", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const one = await connect(t, server.url, ada.token, { transports: transports.websocket });
  const two = await connect(t, server.url, bob.token);
  const known = await Known.by(one);
  const { id } = one.socket;
  one.socket.io.engine.close();
  await one.event("*connect", 2);
  assert.equal(one.socket.recovered, true);
  assert.equal(one.socket.id, id);
  await one.event("clients-updated", one.events("clients-updated").length);
  known.version = -1;
  await known.subscribe();
  await known.is([person(ada, "Ada", one), person(bob, "Bob", two)]);
});

for (const policy of ["unlimited", "replace", "limit:2"]) {
  test(`whoever comes and goes, all subscribers end with what is true (${policy}, E2E_SEED=${seed})`, async (t) => {
    const random = new Random(seed);
    const server = await start(t, { TERTULIA_SESSIONS__POLICY: policy });
    const users = await Promise.all(Array.from({ length: 5 }, () => server.register()));
    const ways = Object.values(transports);
    const watchers = await Promise.all(
      ways.map(async (way) => {
        const { token } = await server.register();
        return Known.by(await connect(t, server.url, token, { transports: way }));
      }),
    );
    /** @type {Client[]} */
    let clients = [];
    for (let step = 0; step < 40; step += 1) {
      clients = clients.filter(({ socket }) => socket.active);
      const kind = random.below(10);
      if (clients.length === 0 || kind < 5) {
        const client = open(t, server.url, {
          auth: { token: random.choice(users).token, device: random.choice(["desktop", "mobile"]) },
          transports: random.choice(ways),
        });
        if (random.below(10) < 7) await client.event("*connect");
        clients.push(client);
      } else if (kind < 8) {
        random.choice(clients).socket.close();
      } else {
        const { socket } = random.choice(clients);
        // Whoever closes the engine of a stock client that still connects, stops it for good.
        if (socket.connected) socket.io.engine.close();
      }
    }
    // Those that are on their way arrive, or are refused.
    await Promise.all(
      clients.map(({ socket, log }) =>
        log.until(() => socket.connected || !socket.active, "a client to be in or out"),
      ),
    );
    await Promise.all(watchers.map((known) => agrees(server, known)));
  });
}

/**
 * Waits until what is known is what the server says.
 * @param {import("../harness/server.mjs").Server} server
 * @param {Known} known
 */
async function agrees(server, known) {
  const summary = (/** @type {[string, string][]} */ pairs) =>
    pairs.map(([user, socket]) => `${user} ${socket}`).sort().join("\n");
  const { token } = /** @type {{ token: string }} */ (known.client.socket.auth);
  for (;;) {
    const heard = known.client.events("presence-diff").length;
    const { body } = await server.api("clients", { token });
    const truth = body.map((/** @type {{ userId: string, id: string }} */ c) => [c.userId, c.id]);
    const people = [...known.people.values()];
    const seen = people.flatMap((p) => p.connections.map((c) => [p.userId, c.id]));
    if (summary(truth) === summary(/** @type {[string, string][]} */ (seen))) return;
    await known.client.event("presence-diff", heard + 1);
  }
}
