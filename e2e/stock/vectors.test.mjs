// @ts-check
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { file, vectors } from "./vectors.mjs";

test("the vectors are what the npm parsers make", async () => {
  assert.deepEqual(JSON.parse(await readFile(file, "utf8")), vectors());
});
