// What is carried, drunk from, written in and worked with.
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
  turned,
} from "./svg.mjs";

export function mug(look) {
  const dark = shade(look.main, -0.16);
  const handle = line("M268 170 Q338 160 334 226 Q328 288 262 280", dark, 22);
  const body =
    path("M104 124 H276 L268 306 Q266 332 240 332 H140 Q114 332 112 306 Z", look.main) +
    path("M246 124 H276 L268 306 Q266 332 240 332 H222 Q244 326 246 300 Z", dark);
  const rim = `<ellipse cx="190" cy="124" rx="86" ry="20" fill="${shade(look.main, -0.3)}"/><ellipse cx="190" cy="127" rx="74" ry="14" fill="${look.drink}"/>`;
  const steam = line(
    "M160 94 Q148 78 160 64 Q170 50 160 38 M206 94 Q194 78 206 64 Q216 50 206 38",
    "#ffffff",
    7,
  );
  const above =
    circle(200, 206, 150, shade(look.trim, -0.1)) +
    circle(200, 202, 150, look.trim) +
    circle(200, 202, 108, shade(look.trim, -0.1)) +
    turned(-35, box(270, 187, 76, 30, 14, dark), 200, 202) +
    circle(200, 202, 92, look.main) +
    circle(200, 202, 78, look.drink) +
    line("M152 184 Q160 156 188 146", shade(look.drink, 0.3), 6);
  return [steam + handle + body + rim + print(look, 186, 226, 94), above];
}

export function tote(look) {
  const dark = shade(look.main, -0.16);
  const straps = (y) =>
    line(`M146 ${y + 24} Q146 ${y - 92} 200 ${y - 92} Q254 ${y - 92} 254 ${y + 24}`, look.trim, 14);
  const bag =
    cloth(look, "M96 148 H304 L320 338 Q200 352 80 338 Z") +
    line("M97 162 H303", dark, 3) +
    mirrored(box(136, 148, 20, 28, 3, look.trim));
  const loaf = turned(
    14,
    box(236, 46, 48, 150, 24, "#d99a56") +
      line("M248 82 L272 70 M248 112 L272 100 M248 140 L272 128", "#f2cf97", 6),
    260,
    120,
  );
  const leek = turned(
    -10,
    box(140, 70, 22, 110, 8, "#eef3dc") +
      path(
        "M138 96 Q104 52 112 28 Q136 40 146 84 Q142 40 156 20 Q172 44 160 86 Q172 54 190 46 Q192 76 164 98 Z",
        "#5d9b58",
      ),
    150,
    120,
  );
  return [
    straps(150) + bag + print(look, 200, 250, 120),
    straps(150) + leek + loaf + bag + print(look, 200, 250, 120),
  ];
}

export function backpack(look) {
  const dark = shade(look.main, -0.2);
  const loop = line("M172 76 Q172 46 200 46 Q228 46 228 76", look.trim, 12);
  const sides = mirrored(path("M100 206 Q74 216 76 258 V300 Q78 320 104 322 Z", dark));
  const body = cloth(
    look,
    "M100 168 Q100 70 200 70 Q300 70 300 168 V318 Q300 346 272 346 H128 Q100 346 100 318 Z",
  );
  const lid =
    path("M100 176 Q100 70 200 70 Q300 70 300 176 Q200 210 100 176 Z", shade(look.main, -0.1)) +
    stitches("M106 170 Q200 202 294 170", look.accent);
  const strap = mirrored(
    box(146, 150, 18, 74, 5, look.trim) + box(142, 204, 26, 18, 4, look.accent),
  );
  const pocket =
    box(130, 232, 140, 94, 18, shade(look.main, -0.1)) +
    line("M142 252 H258", look.accent, 5) +
    print(look, 200, 290, 56);
  const padded =
    box(122, 96, 36, 206, 18, look.trim) +
    line("M140 116 V282", shade(look.trim, -0.2), 4) +
    line("M140 296 Q112 318 104 330", look.trim, 9);
  const back =
    body +
    box(166, 96, 68, 210, 24, dark) +
    line("M176 140 H224 M176 180 H224 M176 220 H224 M176 260 H224", look.main, 5) +
    mirrored(padded);
  return [loop + sides + body + pocket + lid + strap, loop + sides + back];
}

export function umbrella(look) {
  const dark = shade(look.main, -0.16);
  const hook = line("M200 60 V320 Q200 350 226 350 Q250 350 250 324", look.trim, 10);
  const canopy =
    path(
      "M44 214 Q56 84 200 78 Q344 84 356 214 Q330 190 304 214 Q278 190 252 214 Q226 190 200 214 Q174 190 148 214 Q122 190 96 214 Q70 190 44 214 Z",
      look.main,
    ) +
    path(
      "M200 78 Q124 130 96 214 Q122 190 148 214 Q158 130 200 78 Z M200 78 Q276 130 304 214 Q278 190 252 214 Q242 130 200 78 Z",
      look.accent,
    ) +
    line("M200 78 V56", look.trim, 8);
  const drops = [
    [70, 270],
    [120, 304],
    [316, 262],
    [296, 322],
    [150, 254],
  ]
    .map(([x, y]) => path(`M${x} ${y} q12 16 0 22 q-12 -6 0 -22 Z`, look.second))
    .join("");
  const closed =
    line("M200 34 V330 Q200 362 226 362 Q250 362 250 338", look.trim, 11) +
    path("M200 60 Q246 170 232 268 Q200 284 168 268 Q154 170 200 60 Z", look.main) +
    path("M200 60 Q214 170 206 276 Q188 278 168 268 Q154 170 200 60 Z", look.accent) +
    path("M200 60 Q186 170 190 276 Q176 274 168 268 Q154 170 200 60 Z", dark) +
    box(158, 214, 84, 16, 6, look.trim) +
    circle(226, 222, 6, look.second);
  return [hook + canopy + drops, turned(28, closed)];
}

export function notebook(look) {
  const pages = box(122, 66, 186, 272, 12, "#f6f1e4") + line("M304 84 V322", "#d8d0bd", 3);
  const cover =
    box(108, 58, 188, 276, 14, look.main) +
    path("M122 58 H140 V334 H122 Q108 334 108 320 V72 Q108 58 122 58 Z", shade(look.main, -0.2));
  const band = box(262, 58, 12, 276, 0, look.trim);
  const ribbon = path("M196 334 H210 V372 L203 362 L196 372 Z", look.trim);
  const half =
    box(38, 96, 164, 222, 8, "#fbf7ec") +
    [134, 160, 186, 212, 238, 264, 290].map((y) => line(`M58 ${y} H150`, "#cfd6dc", 3)).join("") +
    line("M160 100 V314", "#e39a8b", 3);
  const notes =
    line(
      "M62 130 q10 -10 20 0 t20 0 t20 0 M62 156 q10 -10 20 0 t20 0 t20 0 t20 0 M62 182 q10 -10 20 0 t20 0",
      look.main,
      4,
    ) + line("M168 128 h22 M168 140 h16 M168 206 h20", look.trim, 4);
  const pencil = turned(
    38,
    box(286, 150, 16, 150, 3, "#f0b945") +
      path("M286 300 H302 L294 322 Z", "#e8d2ad") +
      box(286, 138, 16, 16, 4, "#e2786b"),
    294,
    230,
  );
  const open =
    box(30, 88, 340, 240, 12, look.main) +
    mirrored(half) +
    line("M200 98 V316", "#d8d0bd", 4) +
    notes +
    pencil;
  return [pages + ribbon + cover + print(look, 204, 184, 96) + band, open];
}

export function bottle(look) {
  const dark = shade(look.main, -0.16);
  const body =
    path(
      "M170 112 H230 Q230 136 248 150 Q258 160 258 178 V322 Q258 344 236 344 H164 Q142 344 142 322 V178 Q142 160 152 150 Q170 136 170 112 Z",
      look.main,
    ) +
    path(
      "M230 112 Q230 136 248 150 Q258 160 258 178 V322 Q258 344 236 344 H220 Q236 340 236 318 V180 Q236 162 224 152 Q214 140 214 112 Z",
      dark,
    );
  const base = path("M142 306 H258 V322 Q258 344 236 344 H164 Q142 344 142 322 Z", look.trim);
  const lid =
    box(164, 62, 72, 46, 10, look.trim) +
    line("M178 72 V98 M192 72 V98 M206 72 V98 M220 72 V98", shade(look.trim, -0.2), 3);
  const loop = line("M182 62 Q182 36 200 36 Q218 36 218 62", look.trim, 9);
  const mouth = box(174, 90, 52, 30, 5, "#c9d1d6") + line("M174 104 H226", "#9fabb3", 4);
  const off = turned(
    24,
    box(282, 282, 72, 46, 10, look.trim) +
      line("M296 292 V318 M310 292 V318 M324 292 V318 M338 292 V318", shade(look.trim, -0.2), 3),
    318,
    305,
  );
  const drops = path(
    "M318 160 q20 28 0 38 q-20 -10 0 -38 Z M92 200 q16 24 0 32 q-16 -8 0 -32 Z M100 122 q12 18 0 24 q-12 -6 0 -24 Z",
    look.accent,
  );
  return [loop + lid + body + base + print(look, 192, 232, 76), mouth + body + base + drops + off];
}

export function apron(look) {
  const strap = line("M156 100 Q150 40 200 40 Q250 40 244 100", look.trim, 10);
  const ties = mirrored(line("M100 202 Q58 214 46 262 Q40 290 56 306", look.trim, 9));
  const cut = cloth(
    look,
    "M148 92 H252 Q254 158 308 196 L312 338 Q200 354 88 338 L92 196 Q146 158 148 92 Z",
  );
  const seams =
    stitches("M154 104 H246", look.accent) +
    mirrored(stitches("M157 102 Q156 164 102 202 L98 328", look.accent));
  const pocket =
    box(132, 230, 136, 76, 10, shade(look.main, -0.14)) +
    stitches("M138 240 H262 M200 240 V302", look.accent);
  const spoon = turned(
    8,
    box(226, 176, 9, 70, 4, "#c98d54") +
      `<ellipse cx="230" cy="166" rx="15" ry="21" fill="#c98d54"/>`,
    230,
    230,
  );
  const all = strap + ties + cut + seams + spoon + pocket;
  return [all, closeUp(look, all, 204, 232, 1.9)];
}
