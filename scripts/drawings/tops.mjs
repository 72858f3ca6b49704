// What is worn above the waist. Each kind gives two views of a look.
import {
  box,
  circle,
  closeUp,
  cloth,
  line,
  mirrored,
  path,
  print,
  shade,
  stitches,
} from "./svg.mjs";

const SHORT =
  "M150 84 Q122 92 100 104 Q90 110 84 120 L50 178 L92 204 L118 174 V334 Q200 344 282 334 V174 L308 204 L350 178 " +
  "L316 120 Q310 110 300 104 Q278 92 250 84 Z";
const LONG =
  "M150 84 Q122 92 102 102 Q86 110 82 128 L42 302 L86 314 L118 194 V334 Q200 344 282 334 V194 L314 314 L358 302 " +
  "L318 128 Q314 110 298 102 Q278 92 250 84 Z";
const BARE =
  "M152 80 Q134 88 124 92 Q134 130 112 166 V334 Q200 344 288 334 V166 Q266 130 276 92 Q266 88 248 80 Z";

const FOLDS_SHORT = "M118 176 L122 138 M66 170 L98 191";
const FOLDS_LONG = "M118 196 L124 140";

/** The opening for the head, seen from the front or from behind. */
function neck(look, behind, colour = look.trim) {
  if (behind) return path("M148 85 Q200 106 252 85 L242 78 Q200 92 158 78 Z", colour);
  return (
    path("M152 82 Q200 128 248 82 Q200 94 152 82 Z", shade(look.main, -0.35)) +
    path("M148 84 Q200 146 252 84 L240 79 Q200 122 160 79 Z", colour)
  );
}

/** Ribbed ends of long sleeves, and the hem. */
function ribs(look, colour = look.trim) {
  const dark = shade(colour, -0.15);
  return (
    mirrored(
      path("M47 280 L42 302 L86 314 L92 292 Z", colour) +
        line("M58 287 L54 302 M69 290 L65 305 M80 293 L76 308", dark, 3),
    ) +
    path("M118 312 Q200 322 282 312 V334 Q200 344 118 334 Z", colour) +
    line(
      "M136 318 V334 M157 320 V336 M178 321 V337 M200 322 V338 M222 321 V337 M243 320 V336 M264 318 V334",
      dark,
      3,
    )
  );
}

const folds = (look, d) => mirrored(line(d, shade(look.main, -0.18), 3));

export function tee(look) {
  const shirt =
    cloth(look, SHORT) +
    folds(look, FOLDS_SHORT) +
    line("M119 322 Q200 332 281 322", shade(look.main, -0.18), 3);
  return [
    shirt + neck(look, false) + print(look, 200, 212, 104),
    shirt + neck(look, true) + print(look, 200, 138, 40),
  ];
}

/** A top with long sleeves, folded into three layers. */
function folded(look) {
  const dark = shade(look.main, -0.18);
  const layer = (y, amount) => box(104, y, 192, 26, 13, shade(look.main, amount));
  const top = cloth(
    look,
    "M150 84 Q120 92 104 110 V292 Q104 306 118 306 H282 Q296 306 296 292 V110 Q280 92 250 84 Z",
  );
  const sleeves = mirrored(line("M134 92 Q146 190 106 284", dark, 3));
  return (
    layer(308, -0.2) +
    layer(294, -0.1) +
    top +
    sleeves +
    line("M118 306 H282", dark, 3) +
    neck(look, false)
  );
}

export function longSleeve(look) {
  const cuffs = mirrored(line("M46 290 L89 302", shade(look.main, -0.18), 3));
  const shirt = cloth(look, LONG) + folds(look, FOLDS_LONG) + cuffs;
  return [shirt + neck(look, false), folded(look)];
}

export function henley(look) {
  const shirt = cloth(look, LONG) + folds(look, FOLDS_LONG) + ribs(look);
  const buttons = [140, 166, 192].map((y) => circle(200, y, 6, look.accent)).join("");
  const placket = box(185, 112, 30, 98, 4, look.trim);
  const front = shirt + placket + neck(look, false) + buttons;
  return [front, closeUp(look, front, 200, 140, 2.1)];
}

const HOOD = "M136 100 Q132 34 200 32 Q268 34 264 100 Q240 132 200 140 Q160 132 136 100 Z";

export function hoodie(look) {
  const dark = shade(look.main, -0.18);
  const body = cloth(look, LONG) + folds(look, FOLDS_LONG) + ribs(look, shade(look.main, -0.1));
  const hood =
    path(HOOD, shade(look.main, -0.08)) +
    path(
      "M158 96 Q156 52 200 50 Q244 52 242 96 Q224 116 200 122 Q176 116 158 96 Z",
      shade(look.main, -0.42),
    );
  const pocket =
    path("M150 250 H250 L276 304 Q200 314 124 304 Z", shade(look.main, -0.1)) +
    line("M150 250 L124 302 M250 250 L276 302", dark, 3);
  const strings = mirrored(
    line("M180 126 L172 160", look.trim, 5) + circle(172, 162, 5, look.trim),
  );
  const fallen =
    path("M138 92 Q200 62 262 92 Q274 158 200 186 Q126 158 138 92 Z", shade(look.main, -0.08)) +
    line("M200 80 V184 M142 96 Q200 74 258 96", dark, 3);
  return [
    body + pocket + hood + strings + print(look, 200, 208, 76),
    body + fallen + print(look, 200, 250, 84),
  ];
}

export function sweater(look) {
  const body = cloth(look, LONG) + folds(look, FOLDS_LONG) + ribs(look);
  return [body + neck(look, false), folded(look)];
}

export function cardigan(look) {
  const dark = shade(look.main, -0.18);
  const body = cloth(look, LONG) + folds(look, FOLDS_LONG) + ribs(look);
  const opening =
    path("M152 82 L200 196 L248 82 Q200 94 152 82 Z", shade(look.main, -0.38)) +
    line("M154 84 L200 196 L246 84", look.trim, 14) +
    line("M200 196 V332", look.trim, 16);
  const buttons = [206, 234, 262, 290, 318].map((y) => circle(200, y, 6.5, look.accent)).join("");
  const pockets = mirrored(
    box(132, 248, 50, 52, 6, shade(look.main, -0.06)) + line("M134 252 H180", dark, 5),
  );
  return [
    body + pockets + opening + buttons,
    body + neck(look, true) + line("M200 104 V306", dark, 3),
  ];
}

export function rainJacket(look) {
  const dark = shade(look.main, -0.18);
  const body =
    cloth(look, LONG) + folds(look, FOLDS_LONG) + mirrored(line("M46 288 L90 300", dark, 4));
  const hood =
    path(HOOD, shade(look.main, -0.08)) +
    path("M156 96 Q154 52 200 50 Q246 52 244 96 Q224 120 200 126 Q176 120 156 96 Z", look.trim) +
    line("M152 62 Q200 30 248 62", dark, 5);
  const zip =
    box(188, 126, 24, 210, 4, shade(look.main, -0.1)) +
    [152, 198, 244, 290].map((y) => circle(200, y, 6, look.accent)).join("");
  const pockets = mirrored(
    box(126, 238, 52, 20, 5, shade(look.main, -0.12)) + stitches("M130 262 V292 H174 V262", dark),
  );
  const stripe = path("M118 196 H282 V220 H118 Z", look.accent);
  const fallen =
    path("M138 92 Q200 62 262 92 Q274 152 200 176 Q126 152 138 92 Z", shade(look.main, -0.08)) +
    line("M200 80 V174", dark, 3);
  return [body + pockets + hood + zip, body + stripe + fallen];
}

export function workJacket(look) {
  const dark = shade(look.main, -0.2);
  const body =
    cloth(look, LONG) +
    folds(look, FOLDS_LONG) +
    mirrored(stitches("M48 282 L92 294", look.accent));
  const collar =
    path("M152 80 L200 118 L248 80 Q200 96 152 80 Z", shade(look.main, -0.38)) +
    mirrored(
      path("M154 76 L136 96 L166 136 L200 116 Z", shade(look.main, -0.1)) +
        stitches("M142 98 L167 128 L192 114", look.accent),
    );
  const front =
    line("M200 118 V336", dark, 4) +
    [146, 190, 234, 278].map((y) => circle(212, y, 6, look.accent)).join("");
  const pocket = (x, y, width, height) =>
    box(x, y, width, height, 5, shade(look.main, -0.08)) +
    stitches(
      `M${x + 5} ${y + 8} H${x + width - 5} M${x + 5} ${y + 12} V${y + height - 6} H${x + width - 5} V${y + 12}`,
      look.accent,
    );
  const pockets = pocket(130, 240, 56, 66) + pocket(226, 240, 50, 66) + pocket(226, 160, 44, 48);
  const all = body + pockets + front + collar;
  return [all, closeUp(look, all, 236, 205, 2)];
}

export function vest(look) {
  const dark = shade(look.main, -0.22);
  const edges =
    mirrored(line("M125 94 Q135 130 113 166", look.trim, 7)) +
    line("M113 330 Q200 341 287 330", look.trim, 8);
  const collar = path(
    "M150 84 Q152 62 166 60 Q200 70 234 60 Q248 62 250 84 Q200 112 150 84 Z",
    look.trim,
  );
  const zip =
    line("M200 98 V334", look.trim, 9) +
    line("M200 98 V334", dark, 3) +
    box(196, 104, 8, 20, 3, look.accent);
  const front = cloth({ ...look, accent: dark }, BARE) + edges;
  return [front + collar + zip, front + collar];
}

const COLLAR = (colour, dark) =>
  mirrored(
    path("M156 74 L140 92 L170 130 L200 106 Q170 98 156 74 Z", colour) +
      line("M140 92 L170 130 L200 106", dark, 3),
  );

export function shirt(look) {
  const dark = shade(look.main, -0.2);
  const body =
    cloth(look, LONG) +
    folds(look, FOLDS_LONG) +
    mirrored(
      path("M48 276 L42 302 L86 314 L94 288 Z", shade(look.main, -0.06)) +
        line("M48 276 L94 288", dark, 3),
    );
  const inside = path("M156 76 L200 108 L244 76 Q200 92 156 76 Z", shade(look.main, -0.38));
  const front =
    line("M186 112 V336 M214 112 V336", dark, 2.5) +
    [132, 172, 212, 252, 292].map((y) => circle(200, y, 5, look.trim)).join("");
  const pocket =
    box(230, 164, 40, 46, 5, shade(look.main, -0.06)) + line("M230 176 H270", dark, 2.5);
  const back =
    path("M150 84 Q200 98 250 84 L244 74 Q200 66 156 74 Z", shade(look.main, -0.08)) +
    line("M120 122 Q200 140 280 122 M192 133 V330 M208 133 V330", dark, 2.5);
  return [body + front + pocket + inside + COLLAR(shade(look.main, 0.12), dark), body + back];
}

const SUIT =
  "M150 84 Q120 92 102 104 L62 156 L102 184 L122 160 V244 Q124 290 170 332 Q200 342 230 332 Q276 290 278 244 V160 " +
  "L298 184 L338 156 L298 104 Q280 92 250 84 Z";

export function bodysuit(look) {
  const legs = mirrored(
    line("M123 248 Q126 290 172 330", look.trim, 10) + line("M66 159 L100 182", look.trim, 9),
  );
  const suit = cloth(look, SUIT) + folds(look, "M122 162 L126 134") + legs;
  const snaps =
    line("M170 316 Q200 324 230 316", shade(look.main, -0.2), 3) +
    [180, 200, 220].map((x) => circle(x, 328, 5, look.accent)).join("");
  const shoulders = mirrored(line("M150 86 Q164 112 134 122", look.trim, 6));
  return [
    suit + snaps + shoulders + neck(look, false) + print(look, 200, 204, 92),
    suit + neck(look, true) + print(look, 200, 268, 52),
  ];
}
