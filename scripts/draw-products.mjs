#!/usr/bin/env node
// Draws the pictures of the seed's products: crates/server/src/seed/images/.
//
// Run it from anywhere: `node scripts/draw-products.mjs`. It needs Node and, of Debian,
// `apt-get install librsvg2-bin pngquant webp`. The same versions of these give the same bytes.
//
// Each product of products.json has a look (drawings/looks.mjs): a kind of thing, its colours, a
// motif and a pattern. A kind (drawings/{tops,bottoms,small,goods}.mjs) draws a look twice.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as bottoms from "./drawings/bottoms.mjs";
import * as goods from "./drawings/goods.mjs";
import { LOOKS } from "./drawings/looks.mjs";
import * as small from "./drawings/small.mjs";
import { picture } from "./drawings/svg.mjs";
import * as tops from "./drawings/tops.mjs";

const KINDS = { ...tops, ...bottoms, ...small, ...goods };
const SEED = join(dirname(fileURLToPath(import.meta.url)), "../crates/server/src/seed");
const IMAGES = join(SEED, "images");
const COLOURS = "24";

/** A small WebP of an SVG: few colours, lossless, no metadata. */
function render(svg, file) {
  const drawn = execFileSync("rsvg-convert", ["--width=400", "--height=400"], { input: svg });
  const few = execFileSync("pngquant", ["--nofs", "--speed=1", COLOURS, "-"], { input: drawn });
  execFileSync("cwebp", ["-quiet", "-lossless", "-z", "9", "-o", file, "--", "-"], { input: few });
}

const products = JSON.parse(readFileSync(join(SEED, "products.json"), "utf8"));
rmSync(IMAGES, { recursive: true, force: true });
mkdirSync(IMAGES);
for (const { slug, images } of products) {
  const look = LOOKS[slug];
  if (!look) throw new Error(`${slug} has no look`);
  const views = KINDS[look.kind](look);
  for (const [index, name] of images.entries()) {
    render(picture(look, views[index]), join(IMAGES, name));
  }
}
