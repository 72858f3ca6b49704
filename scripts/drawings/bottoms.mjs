// Dresses, and what is worn below the waist.
import { box, circle, closeUp, cloth, line, mirrored, path, shade, stitches } from "./svg.mjs";

const DRESS =
  "M152 62 H174 Q178 104 200 106 Q222 104 226 62 H248 Q246 112 270 138 L248 186 Q290 250 322 330 Q200 366 78 330 " +
  "Q110 250 152 186 L130 138 Q154 112 152 62 Z";

export function dress(look) {
  const dark = shade(look.main, -0.2);
  const skirt = line("M172 200 Q158 260 148 338 M228 200 Q242 260 252 338 M200 200 V344", dark, 3);
  const hem = path("M78 330 Q200 366 322 330 L316 317 Q200 354 84 317 Z", look.trim);
  const belt = path("M152 180 Q200 190 248 180 L250 196 Q200 206 150 196 Z", look.trim);
  const bow =
    path("M200 190 L172 176 V206 Z M200 190 L228 176 V206 Z", look.trim) +
    line("M200 192 L186 236 M200 192 L214 236", look.trim, 8) +
    circle(200, 190, 7, shade(look.trim, -0.2));
  const dressed = cloth(look, DRESS) + skirt + hem + belt;
  const back = path(
    "M173 62 Q176 84 200 86 Q224 84 227 62 L226 62 Q222 104 200 106 Q178 104 174 62 Z",
    look.main,
  );
  return [dressed, dressed + back + bow];
}

export function skirt(look) {
  const dark = shade(look.main, -0.2);
  const hem = (x) => 312 + 68 * ((x - 66) / 268) * ((334 - x) / 268);
  const pleat = (at) => {
    const [left, right] = [188 + at * 36, 208 + at * 36];
    return path(`M${200 + at * 18} 112 L${left} ${hem(left)} L${right} ${hem(right)} Z`, dark);
  };
  const pleats = [-3, -2, -1, 0, 1, 2, 3].map(pleat).join("");
  const band = box(134, 84, 132, 32, 6, look.trim);
  const flared = cloth(look, "M138 112 H262 L334 312 Q200 346 66 312 Z") + pleats + band;
  const front = flared + circle(248, 100, 6, look.accent);
  return [front, closeUp(look, front, 220, 140, 2)];
}

/** Two legs from a waist: the outline, with the outer and inner ends of a leg. */
const legs = (outer, inner) =>
  `M138 62 H262 Q272 160 ${400 - outer} 344 L${400 - inner} 350 Q214 240 200 168 Q186 240 ${inner} 350 L${outer} 344 Q128 160 138 62 Z`;

/** Waistband with loops; in front the fly, behind two patch pockets. */
function waist(look, behind) {
  const dark = shade(look.main, -0.22);
  const band =
    box(135, 52, 130, 24, 5, shade(look.main, -0.1)) +
    [152, 180, 220, 248].map((x) => box(x - 3, 49, 6, 30, 2, dark)).join("");
  if (behind) {
    const pocket =
      path("M142 98 H184 V134 L163 146 L142 134 Z", shade(look.main, -0.08)) +
      stitches("M146 104 H180", look.accent);
    return band + line("M200 76 V168", dark, 3) + mirrored(pocket);
  }
  return (
    band +
    line("M200 76 V166", dark, 3) +
    stitches("M216 78 Q218 124 202 138", look.accent) +
    mirrored(line("M140 100 Q160 100 166 78", dark, 4)) +
    circle(200, 64, 6, look.accent)
  );
}

export function trousers(look) {
  const cut = legs(104, 176);
  const crease = mirrored(line("M150 150 L142 340", shade(look.main, -0.14), 3));
  const patch =
    box(122, 214, 52, 58, 9, look.trim) + stitches("M128 220 H168 V266 H128 Z", look.accent);
  const knees = look.patches ? mirrored(patch) : "";
  return [
    cloth(look, cut) + crease + knees + waist(look, false),
    cloth(look, cut) + crease + waist(look, true),
  ];
}

export function wideTrousers(look) {
  const cut = legs(66, 188);
  const dark = shade(look.main, -0.16);
  const pleats = mirrored(line("M166 80 L128 342 M150 80 Q140 200 100 342", dark, 3));
  const front = cloth(look, cut) + pleats + waist(look, false);
  return [front, closeUp(look, front, 200, 110, 2)];
}

export function shorts(look) {
  const dark = shade(look.main, -0.2);
  const cut =
    "M124 106 H276 Q288 180 314 286 L212 300 L200 212 L188 300 L86 286 Q112 180 124 106 Z";
  const hems = mirrored(line("M90 274 L187 288", dark, 3));
  const band =
    box(120, 88, 160, 28, 8, look.trim) +
    line("M140 92 V112 M160 92 V112 M240 92 V112 M260 92 V112", shade(look.trim, -0.15), 3);
  const seam = line("M200 116 V212", dark, 3);
  const cord =
    line("M200 106 Q176 150 184 168 M200 106 Q226 146 214 172", look.cord, 5) +
    circle(184, 170, 5, look.cord) +
    circle(214, 174, 5, look.cord);
  const pockets = mirrored(line("M118 150 Q142 148 150 118", dark, 4));
  const pocket =
    box(222, 150, 50, 54, 6, shade(look.main, -0.08)) + line("M226 160 H268", look.cord, 4);
  const both = cloth(look, cut) + hems + seam + band;
  return [both + pockets + cord, both + pocket];
}
