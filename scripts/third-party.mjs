#!/usr/bin/env node
// Writes THIRD-PARTY.md: what is inside the binary, and under which licences.
// With --check, says whether it is current instead.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILE = "THIRD-PARTY.md";
/** Of what the pages and the served client bundles are made. */
const NPM = [
  "socket.io-client",
  "socket.io-parser",
  "engine.io-client",
  "engine.io-parser",
  "@socket.io/component-emitter",
  "debug",
  "ms",
  "socket.io-msgpack-parser",
  "notepack.io",
  "swagger-ui-dist",
];

const PERMISSIVE = new Set([
  "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
  "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense",
  "Zlib",
]);

/** Whether some way of reading the expression is permissive throughout. */
function isPermissive(expression) {
  const plain = expression.replaceAll("/", " OR ").replaceAll(/[()]/g, " ");
  return plain
    .split(" AND ")
    .every((part) => part.split(" OR ").some((licence) => PERMISSIVE.has(licence.trim())));
}

/** The lines that say whose it is. */
function copyright(folder) {
  if (!existsSync(folder)) return "";
  const texts = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|copyright|notice)/i.test(name))
    .map((name) => join(folder, name))
    .flatMap((path) => {
      try {
        return readFileSync(path, "utf8").split("\n");
      } catch {
        return [];
      }
    });
  const lines = texts
    .map((line) => line.replace(/^[\s*#/]+/, "").trim())
    .filter((line) => /^copyright\s+(\(c\)|©|\d|the |[A-Z])/i.test(line))
    .filter((line) => !/\[yyyy\]|copyright (notice|owner|holder|license|interest)/i.test(line));
  return [...new Set(lines)].slice(0, 3).join("; ");
}

function crates() {
  const options = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
  const metadata = JSON.parse(
    execFileSync("cargo", options, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] }),
  );
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const root = metadata.packages.find((crate) => crate.name === "tertulia");
  const inside = new Set();
  const visit = (id) => {
    if (inside.has(id)) return;
    inside.add(id);
    for (const dependency of nodes.get(id).deps) {
      if (dependency.dep_kinds.some(({ kind }) => kind === null)) visit(dependency.pkg);
    }
  };
  visit(root.id);
  return metadata.packages
    .filter((crate) => inside.has(crate.id) && crate.source !== null)
    .map((crate) => ({
      name: crate.name,
      version: crate.version,
      licence: crate.license ?? "",
      whose: copyright(dirname(crate.manifest_path)) || crate.authors.join(", ").replaceAll(/ <[^>]*>/g, ""),
    }));
}

function packages() {
  return NPM.flatMap((name) => {
    const folder = join("web/node_modules", name);
    const manifest = join(folder, "package.json");
    // What socket.io's own build brings into its bundles is not always installed here.
    if (!existsSync(manifest)) return [{ name, version: "", licence: "MIT", whose: "" }];
    const { version, license } = JSON.parse(readFileSync(manifest, "utf8"));
    return [{ name, version, licence: license, whose: copyright(folder) }];
  });
}

function table(parts) {
  const cell = (text) => text.replaceAll("|", "\\|");
  const rows = parts
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
    .map((part) => `| ${part.name} | ${part.version} | ${cell(part.licence)} | ${cell(part.whose)} |`);
  return ["| Name | Version | Licence | Whose |", "|---|---|---|---|", ...rows].join("\n");
}

const [rust, web] = [crates(), packages()];
const refused = [...rust, ...web].filter((part) => !isPermissive(part.licence));
if (refused.length > 0) {
  console.error("not permissive:", refused.map((part) => `${part.name} (${part.licence})`).join(", "));
  process.exit(1);
}
const text = `# What is inside the binary

Written by \`scripts/third-party.mjs\`. Tertulia itself is licensed under MIT or Apache-2.0; where a licence below is a choice, we take it under one of these two if that is possible. SQLite, which is compiled in, is in the public domain.

## Rust

${table(rust)}

## The pages, and the Socket.IO client that is served

What Swagger UI is made of in turn, all of it permissive, is named in /swagger/swagger-ui-bundle.js.LICENSE.txt.

${table(web)}
`;
if (process.argv.includes("--check")) {
  if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== text) {
    console.error(`${FILE} is not current: run scripts/third-party.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
}
