// @ts-check
// Each feature of socket.io's, through each stock client, by each way to connect.
// `STOCK_CLIENT` and `STOCK_FEATURE` (parts of names) run a part of it.
import { after, describe, test } from "node:test";
import { chromium48, chromiumMsgpack48 } from "./drivers/chromium.mjs";
import { msgpack48, node31, node40, node48 } from "./drivers/node.mjs";
import { pythonAsync, pythonSync } from "./drivers/python.mjs";
import { acks } from "./features/acks.mjs";
import { connecting } from "./features/connecting.mjs";
import { endings } from "./features/endings.mjs";
import { events } from "./features/events.mjs";
import { front } from "./features/front.mjs";
import { namespaces } from "./features/namespaces.mjs";
import { recovery } from "./features/recovery.mjs";
import { rooms } from "./features/rooms.mjs";
import { watching } from "./features/watching.mjs";
import { Matrix } from "./matrix.mjs";
import { Stage, WAYS } from "./stage.mjs";

/** Clients, and tests of each, that run at a time: most of a test is waiting. */
const CLIENTS = 2;
const TESTS = 4;

const { STOCK_CLIENT = "", STOCK_FEATURE = "" } = process.env;

const drivers = [
  node48,
  msgpack48,
  chromium48,
  chromiumMsgpack48,
  node40,
  node31,
  pythonSync,
  pythonAsync,
].filter(({ name }) => name.includes(STOCK_CLIENT));
const features = [
  connecting,
  front,
  namespaces,
  events,
  watching,
  acks,
  rooms,
  recovery,
  endings,
]
  .flat()
  .filter(({ name }) => name.includes(STOCK_FEATURE));

const matrix = new Matrix();
after(() => matrix.publish(drivers, features));

describe("stock clients", { concurrency: CLIENTS }, () => {
  for (const driver of drivers) {
    describe(driver.name, { concurrency: TESTS }, () => {
      after(() => driver.end());
      for (const feature of features) {
        if (feature.except?.[driver.name] !== undefined) continue;
        // How it ends is the affair of the transports, which it shares with another of these clients.
        if (driver === chromiumMsgpack48 && endings.includes(feature)) continue;
        for (const way of feature.ways ?? Object.keys(WAYS)) {
          test(`${feature.name} (${way})`, (t) =>
            matrix.record(driver, feature, () => feature.run(new Stage(t, driver, way))));
        }
      }
    });
  }
});
