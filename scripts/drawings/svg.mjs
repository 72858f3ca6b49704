// The pieces of SVG of which all drawings are made. The canvas is 400 by 400.
import { motif } from "./motifs.mjs";
import { pattern } from "./patterns.mjs";

/** A colour made darker (towards -1) or lighter (towards 1). */
export function shade(colour, amount) {
  const towards = amount < 0 ? 0 : 255;
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const mixed = channels.map((value) => Math.round(value + (towards - value) * Math.abs(amount)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

export const path = (d, fill) => `<path d="${d}" fill="${fill}"/>`;

export const line = (d, colour, width = 4) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

/** A row of stitches. */
export const stitches = (d, colour) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="7 5"/>`;

export const circle = (x, y, r, fill) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;

export const box = (x, y, width, height, radius, fill) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}"/>`;

/** Drawn twice: as it is, and mirrored at the vertical axis of the canvas. */
export const mirrored = (drawing) =>
  `${drawing}<g transform="matrix(-1 0 0 1 400 0)">${drawing}</g>`;

export const turned = (degrees, drawing, x = 200, y = 200) =>
  `<g transform="rotate(${degrees} ${x} ${y})">${drawing}</g>`;

export const moved = (x, y, drawing) => `<g transform="translate(${x} ${y})">${drawing}</g>`;

export const scaled = (factor, drawing) => `<g transform="scale(${factor})">${drawing}</g>`;

/** A piece of the look's cloth: its main colour, or another, under its pattern. */
export function cloth(look, d, colour = look.main) {
  return path(d, colour) + (look.pattern ? path(d, "url(#pattern)") : "");
}

/** The disc on which things lie. */
export const disc = (look) => shade(look.ground, 0.4);

/** The look's motif, in its accent and second colour. */
export function print(look, x, y, size) {
  if (!look.motif) return "";
  const drawing = motif(look.motif, look.accent, look.second ?? shade(look.accent, 0.45));
  return `<g transform="translate(${x} ${y}) scale(${size / 100})">${drawing}</g>`;
}

/** A part of a drawing, seen from nearer, in a round frame. */
export function closeUp(look, drawing, x, y, scale = 2) {
  const place = `translate(${200 - x * scale} ${200 - y * scale}) scale(${scale})`;
  return (
    `<clipPath id="near"><circle cx="200" cy="200" r="150"/></clipPath>` +
    `<g clip-path="url(#near)">${circle(200, 200, 150, shade(look.ground, -0.12))}` +
    `<g transform="${place}">${drawing}</g></g>` +
    `<circle cx="200" cy="200" r="150" fill="none" stroke="#ffffff" stroke-width="10"/>`
  );
}

/** The whole picture of one view. */
export function picture(look, view) {
  const definitions = look.pattern
    ? `<defs>${pattern(look.pattern, look.weave ?? look.accent, look.second)}</defs>`
    : "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">${definitions}` +
    `<rect width="400" height="400" fill="${look.ground}"/>` +
    `${circle(200, 200, 176, disc(look))}${view}</svg>`
  );
}
