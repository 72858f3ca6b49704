// Small pictures around the origin, 100 wide and high, in two colours.

const fill = (d, colour) => `<path d="${d}" fill="${colour}"/>`;

const disc = (x, y, r, colour) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`;

const stroke = (d, colour, width) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

/** The same drawing, turned around the origin `count` times. */
const around = (count, drawing) =>
  Array.from(
    { length: count },
    (_, at) => `<g transform="rotate(${(at * 360) / count})">${drawing}</g>`,
  ).join("");

const STAR = "M0 -46 L13 -15 L46 -13 L20 8 L29 41 L0 22 L-29 41 L-20 8 L-46 -13 L-13 -15 Z";

const MOTIFS = {
  bubble: (a, b) =>
    fill(
      "M-46 -36 Q-46 -46 -36 -46 H14 Q24 -46 24 -36 V-8 Q24 2 14 2 H-16 L-34 18 V2 H-36 Q-46 2 -46 -8 Z",
      a,
    ) +
    fill(
      "M46 -14 V22 Q46 32 36 32 H34 V48 L16 32 H-6 Q-16 32 -16 22 V12 H18 Q34 10 34 -8 V-24 Q46 -24 46 -14 Z",
      b,
    ),
  window: (a, b) =>
    fill("M-36 46 V-10 Q-36 -46 0 -46 Q36 -46 36 -10 V46 Z", a) +
    fill("M-27 37 V-10 Q-27 -37 0 -37 Q27 -37 27 -10 V37 Z", b) +
    disc(13, -13, 7, a) +
    stroke("M0 -40 V40 M-30 12 H30", a, 6) +
    stroke("M-44 46 H44", a, 8),
  cup: (a, b) =>
    fill("M-40 -4 H24 V20 Q24 44 0 44 H-16 Q-40 44 -40 20 Z", a) +
    stroke("M24 4 Q46 4 42 20 Q38 32 22 30", a, 8) +
    stroke("M-24 -16 Q-32 -26 -24 -34 Q-18 -42 -24 -48 M2 -16 Q-6 -26 2 -34 Q8 -42 2 -48", b, 6),
  moon: (a, b) =>
    fill("M14 -46 A32 32 0 1 0 38 0 A28 28 0 0 1 14 -46 Z", a) +
    disc(-34, -34, 4, b) +
    disc(38, -34, 4, b) +
    stroke("M-46 28 q11 -12 23 0 t23 0 t23 0 t23 0 M-34 45 q11 -12 23 0 t23 0 t23 0", b, 6),
  book: (a, b) =>
    fill("M0 -22 Q-24 -38 -48 -26 V32 Q-24 22 0 38 Q24 22 48 32 V-26 Q24 -38 0 -22 Z", a) +
    stroke(
      "M0 -18 V34 M-36 -12 Q-22 -16 -12 -8 M-36 4 Q-22 0 -12 8 M36 -12 Q22 -16 12 -8 M36 4 Q22 0 12 8",
      b,
      5,
    ),
  lemon: (a, b) =>
    fill("M-44 20 Q-46 -14 -16 -18 Q-4 -20 2 -10 Q18 8 4 26 Q-10 42 -30 34 Q-40 34 -44 20 Z", a) +
    fill("M-2 -4 Q4 -30 30 -26 Q38 -26 44 -16 Q52 12 32 22 Q8 30 -2 -4 Z", a) +
    fill("M-2 -24 Q-2 -48 26 -46 Q22 -24 -2 -24 Z", b) +
    stroke("M-30 6 Q-28 -4 -18 -6", b, 4),
  whale: (a, b) =>
    fill(
      "M-46 12 Q-46 -22 -8 -22 Q20 -22 28 4 Q34 0 34 -14 Q22 -18 22 -32 Q34 -32 38 -24 Q44 -34 50 -30 Q50 -16 42 -12 Q46 36 -2 36 Q-44 36 -46 12 Z",
      a,
    ) +
    fill("M-45 16 Q-20 20 8 12 Q0 36 -14 35 Q-42 34 -45 16 Z", b) +
    disc(-28, 4, 4, b) +
    stroke("M-14 -30 V-40 M-14 -38 Q-26 -52 -32 -42 M-14 -38 Q-2 -52 4 -42", b, 5),
  sun: (a, b) =>
    fill("M-28 12 A28 28 0 0 1 28 12 Z", a) +
    stroke("M-46 12 H46 M-30 26 H30 M-14 40 H14", b, 6) +
    stroke("M0 -28 V-46 M-27 -17 L-39 -30 M27 -17 L39 -30 M-40 -4 L-48 -8 M40 -4 L48 -8", a, 6),
  mountain: (a, b) =>
    fill("M-50 38 L-12 -36 L6 -2 L16 -18 L50 38 Z", a) +
    fill("M-12 -36 L2 -9 L-8 -14 L-14 -4 L-26 -9 Z", b) +
    disc(32, -34, 9, b),
  comet: (a, b) =>
    stroke("M-44 -40 L-2 4 M-18 -44 L16 -10 M-46 -12 L-16 20", b, 8) +
    `<g transform="translate(16 18) scale(0.66)">${fill(STAR, a)}</g>`,
  star: (a) => fill(STAR, a),
  flower: (a, b) =>
    around(5, `<ellipse cx="0" cy="-26" rx="17" ry="22" fill="${a}"/>`) + disc(0, 0, 13, b),
  leaf: (a, b) =>
    stroke("M0 48 Q-4 10 2 -30", b, 5) +
    fill("M2 -24 Q-14 -36 2 -50 Q18 -36 2 -24 Z", a) +
    fill("M-1 2 Q-34 4 -38 -26 Q-8 -26 -1 2 Z M1 -6 Q8 -32 38 -30 Q34 -4 1 -6 Z", a) +
    fill("M-2 32 Q-36 36 -42 6 Q-10 4 -2 32 Z M-1 24 Q6 -2 42 0 Q36 28 -1 24 Z", a),
  cat: (a, b) =>
    fill(
      "M-38 -40 L-14 -24 Q0 -28 14 -24 L38 -40 Q42 -16 40 2 Q38 40 0 40 Q-38 40 -40 2 Q-42 -16 -38 -40 Z",
      a,
    ) +
    stroke("M-24 2 Q-17 9 -10 2 M10 2 Q17 9 24 2 M-7 24 Q-3 28 0 22 Q3 28 7 24", b, 5) +
    fill("M-6 13 H6 L0 20 Z", b),
  fish: (a, b) =>
    fill("M-48 0 Q-22 -34 16 -10 L46 -28 Q38 0 46 28 L16 10 Q-22 34 -48 0 Z", a) +
    disc(-28, -4, 5, b) +
    stroke("M-12 -14 Q-4 0 -12 14 M2 -10 Q8 0 2 10", b, 4),
  plane: (a, b) => fill("M-48 2 L48 -38 L10 40 L-8 14 Z", a) + fill("M-8 14 L48 -38 L-14 40 Z", b),
  snowflake: (a) => around(6, stroke("M0 0 V-44 M-12 -38 L0 -26 L12 -38", a, 7)),
  waves: (a, b) =>
    [-28, 0, 28]
      .map((y, at) => stroke(`M-48 ${y} q12 -18 24 0 t24 0 t24 0 t24 0`, at === 1 ? b : a, 9))
      .join(""),
  drop: (a, b) =>
    fill("M0 -48 Q34 -4 34 16 Q34 46 0 46 Q-34 46 -34 16 Q-34 -4 0 -48 Z", a) +
    stroke("M-18 16 Q-18 30 -4 32", b, 6),
};

/** A motif by its name. */
export function motif(name, first, second) {
  return MOTIFS[name](first, second);
}
