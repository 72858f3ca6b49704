// What is worn on head, neck, hands and feet.
import {
  box,
  circle,
  closeUp,
  cloth,
  disc,
  line,
  mirrored,
  moved,
  path,
  print,
  scaled,
  shade,
  turned,
} from "./svg.mjs";

export function cap(look) {
  const dark = shade(look.main, -0.2);
  const dome = cloth(look, "M92 244 Q92 112 200 108 Q308 112 308 244 Q200 206 92 244 Z");
  const seams = line("M200 112 V218 M196 110 Q132 142 132 230 M204 110 Q268 142 268 230", dark, 3);
  const brim =
    path("M92 240 Q200 196 308 240 Q340 276 322 298 Q200 240 78 298 Q60 276 92 240 Z", look.trim) +
    line("M84 286 Q200 230 316 286", shade(look.trim, -0.18), 3);
  const patch = circle(200, 170, 42, look.patch) + print(look, 200, 170, 62);
  const side =
    cloth(look, "M118 246 Q112 118 222 112 Q330 116 334 246 Q226 262 118 246 Z") +
    line("M222 114 Q196 176 204 252 M222 114 Q276 160 282 252", dark, 3) +
    path("M122 224 Q66 226 34 266 Q30 280 46 280 Q110 254 206 254 L122 246 Z", look.trim) +
    line("M46 272 Q110 244 190 248", shade(look.trim, -0.18), 3) +
    path("M334 232 V248 Q316 252 290 254 Q300 222 334 218 Z", disc(look)) +
    line("M290 246 Q312 246 333 240", look.trim, 9);
  return [
    dome + seams + circle(200, 108, 9, look.trim) + patch + brim,
    side + circle(222, 112, 9, look.trim),
  ];
}

export function beanie(look) {
  const dark = shade(look.trim, -0.16);
  const tufts = Array.from({ length: 14 }, (_, at) =>
    turned((at * 360) / 14, circle(200, 50, 13, look.trim), 200, 82),
  ).join("");
  const pompom = look.pompom
    ? tufts + circle(200, 82, 36, look.trim) + circle(190, 74, 12, shade(look.trim, 0.4))
    : "";
  const dome = cloth(look, "M104 250 Q96 106 200 102 Q304 106 296 250 Z");
  const stripes = Array.from({ length: 11 }, (_, at) => `M${108 + at * 18.4} 246 V296`).join(" ");
  const cuff = box(92, 236, 216, 70, 16, look.trim) + line(stripes, dark, 4);
  const hat = pompom + dome + cuff;
  return [hat + print(look, 200, 172, 64), closeUp(look, hat, 236, 232, 1.9)];
}

const fringe = (y, x, width, colour) =>
  line(
    Array.from({ length: Math.floor(width / 9) }, (_, at) => `M${x + 5 + at * 9} ${y} v22`).join(
      " ",
    ),
    colour,
    4,
  );

export function scarf(look) {
  const dark = shade(look.main, -0.14);
  const tail = (x, length, degrees, colour) =>
    turned(
      degrees,
      fringe(150 + length, x, 70, shade(look.main, -0.1)) +
        cloth(look, `M${x} 150 h70 v${length} h-70 Z`, colour),
      x + 35,
      150,
    );
  const collar = "M84 118 Q84 66 200 64 Q316 66 316 118 Q316 186 200 188 Q84 186 84 118 Z";
  const loop =
    cloth(look, collar) +
    path(
      "M132 106 Q134 88 200 86 Q266 88 268 106 Q260 124 200 126 Q140 124 132 106 Z",
      shade(look.main, -0.45),
    ) +
    line("M96 138 Q140 172 196 172 M304 140 Q280 160 246 166", dark, 4);
  const folded = [0, 1, 2]
    .map((at) => {
      const y = 122 + at * 62;
      return (
        cloth(look, `M84 ${y} H300 Q320 ${y} 320 ${y + 28} Q320 ${y + 56} 300 ${y + 56} H84 Z`) +
        line(`M84 ${y + 56} H300`, shade(look.main, -0.3), 4)
      );
    })
    .join("");
  const ends = line(
    Array.from({ length: 6 }, (_, at) => `M84 ${252 + at * 9} h-24`).join(" "),
    shade(look.main, -0.1),
    4,
  );
  return [tail(212, 128, -9, dark) + tail(140, 168, 5, look.main) + loop, ends + folded];
}

const MITTEN = "M96 250 V150 Q96 92 140 92 Q184 92 184 150 V250 Z";

export function mittens(look) {
  const dark = shade(look.trim, -0.16);
  const thumb = path(
    "M172 232 Q166 196 186 172 Q200 158 212 170 Q222 184 208 204 L184 250 Z",
    shade(look.main, -0.1),
  );
  const cuff =
    box(90, 244, 100, 56, 10, look.trim) +
    line("M106 250 V294 M123 250 V294 M140 250 V294 M157 250 V294 M174 250 V294", dark, 4);
  const hand = thumb + cloth(look, MITTEN) + cuff + print(look, 140, 168, 66);
  const pair = mirrored(turned(-8, moved(-26, 0, hand), 140, 200));
  const cord = line("M96 300 Q140 366 200 340 Q260 366 304 300", look.trim, 5);
  return [cord + pair, moved(-4, -58, turned(14, scaled(1.3, hand)))];
}

const SOCK =
  "M140 62 H216 V208 Q216 232 248 246 L284 262 Q314 278 306 306 Q298 332 262 330 L180 312 Q134 300 136 254 Z";

/** One sock, with its parts in the second colour. */
function sock(look, shadow) {
  const colour = shade(look.main, -shadow);
  const trim = shade(look.trim, -shadow);
  return (
    cloth(look, SOCK, colour) +
    path("M136 240 Q168 250 176 311 Q132 298 136 240 Z", trim) +
    path("M268 255 L284 262 Q314 278 306 306 Q298 332 262 330 L252 328 Q244 286 268 255 Z", trim) +
    box(134, 56, 88, 34, 8, trim) +
    line("M150 62 V84 M166 62 V84 M182 62 V84 M198 62 V84", shade(trim, -0.16), 3)
  );
}

export function socks(look) {
  const pair = moved(28, 4, sock(look, 0.14)) + moved(-46, 14, sock(look, 0));
  const folded =
    cloth(
      look,
      "M88 176 Q88 120 150 120 H262 Q318 120 318 200 Q318 284 262 284 H150 Q88 284 88 228 Z",
    ) +
    path(
      "M210 120 H262 Q318 120 318 200 Q318 284 262 284 H210 Q246 250 246 200 Q246 154 210 120 Z",
      look.trim,
    ) +
    line("M262 146 Q284 164 284 202 Q284 240 262 258", shade(look.trim, -0.16), 4) +
    line("M124 152 Q106 176 108 214", shade(look.main, -0.16), 4);
  return [pair, folded];
}
