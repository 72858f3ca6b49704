// What is woven into or printed all over a cloth: each a tile, in one or two colours.
import { motif } from "./motifs.mjs";

const tile = (width, height, drawing) =>
  `<pattern id="pattern" width="${width}" height="${height}" patternUnits="userSpaceOnUse">${drawing}</pattern>`;

const bar = (x, y, width, height, colour, opacity = 1) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}" fill-opacity="${opacity}"/>`;

const stroke = (d, colour, width) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;

/** Two of a motif on each tile, set like bricks. */
function scattered(name, side, size, first, second) {
  const at = (x, y, colour) =>
    `<g transform="translate(${x} ${y}) scale(${size / 100})">${motif(name, colour, second)}</g>`;
  const quarter = side / 4;
  return tile(side, side, at(quarter, quarter, first) + at(3 * quarter, 3 * quarter, first));
}

const PATTERNS = {
  stripes: (first) => tile(40, 32, bar(0, 0, 40, 12, first)),
  bands: (first, second) => tile(40, 96, bar(0, 0, 40, 30, first) + bar(0, 42, 40, 8, second)),
  ribs: (first) => tile(14, 14, bar(0, 0, 4, 14, first)),
  check: (first, second) =>
    tile(
      56,
      56,
      bar(0, 0, 22, 56, first, 0.55) +
        bar(0, 0, 56, 22, first, 0.55) +
        bar(37, 0, 4, 56, second) +
        bar(0, 37, 56, 4, second),
    ),
  dots: (first) =>
    tile(
      44,
      44,
      `<circle cx="11" cy="11" r="7" fill="${first}"/><circle cx="33" cy="33" r="7" fill="${first}"/>`,
    ),
  zigzag: (first) => tile(32, 30, stroke("M-2 22 L8 8 L16 20 L24 8 L34 22", first, 5)),
  quilt: (first) => tile(44, 44, stroke("M-2 -2 L46 46 M46 -2 L-2 46", first, 3)),
  waffle: (first) => tile(16, 16, stroke("M0 8 H16 M8 0 V16", first, 2.5)),
  stars: (first, second) => scattered("star", 64, 34, first, second),
  snow: (first, second) => scattered("snowflake", 68, 36, first, second),
  flowers: (first, second) => scattered("flower", 68, 36, first, second),
  planes: (first, second) => scattered("plane", 76, 42, first, second),
};

/** The definition of a pattern, under the id `pattern`. */
export function pattern(name, first, second = first) {
  return PATTERNS[name](first, second);
}
