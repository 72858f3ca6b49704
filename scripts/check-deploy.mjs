#!/usr/bin/env node
// Finds what breaks a deployment without breaking a build: a Dockerfile, a systemd unit and
// instructions that name what is no longer there. Needs no container engine.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const UNIT = "deploy/tertulia.service";
const problems = [];

const read = (file) => readFileSync(file, "utf8");
const must = (holds, problem) => holds || problems.push(problem);
/** What the first group of each match holds. */
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
const first = (text, pattern) => all(text, pattern)[0] ?? "";

const dockerfile = read("Dockerfile").replace(/\\\n\s*/g, " ");

/** A pattern of .dockerignore: it stands for a path and for everything below it. */
function ignoring(line) {
  const glob = line
    .replace(/^!/, "")
    .replace(/[.+^$()|[\]{}\\]/g, "\\$&")
    .replace(/\*\*\/|\*/g, (stars) => (stars === "*" ? "[^/]*" : "(?:.*/)?"));
  return { pattern: new RegExp(`^${glob}(?:/|$)`), ignores: !line.startsWith("!") };
}

/** Everything that the Dockerfile copies is in the repository and is sent to the build. */
function checkCopies() {
  const rules = all(read(".dockerignore"), /^([^#\s].*)$/gm).map(ignoring);
  const isIgnored = (file) => rules.findLast(({ pattern }) => pattern.test(file))?.ignores ?? false;
  const tracked = execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n");
  const copied = all(dockerfile, /^COPY (?!--from)(.+)$/gm)
    .flatMap((line) => line.split(" ").slice(0, -1))
    .filter((word) => !word.startsWith("--"));
  must(copied.length > 0, "Dockerfile copies nothing");
  for (const path of copied) {
    const files = tracked.filter((file) => file === path || file.startsWith(`${path}/`));
    must(files.length > 0, `Dockerfile copies ${path}, which is not in the repository`);
    const ignored = files.find(isIgnored);
    must(!ignored, `Dockerfile copies ${path}, but .dockerignore leaves out ${ignored}`);
  }
  const members = all(first(read("Cargo.toml"), /^members = \[(.*?)\]/gms), /"(.+?)"/g);
  for (const manifest of ["Cargo.toml", ...members.map((member) => `${member}/Cargo.toml`)]) {
    const isCopied = copied.some((path) => manifest === path || manifest.startsWith(`${path}/`));
    must(isCopied, `Dockerfile does not copy ${manifest}, without which Cargo stops`);
  }
}

/** The images have the compilers that the manifests ask for. */
function checkVersions() {
  const rust = first(read("Cargo.toml"), /^rust-version = "(.+)"$/gm);
  const image = first(dockerfile, /^FROM rust:([\d.]+)/gm);
  must(image === rust, `Dockerfile builds with Rust ${image}, Cargo.toml has ${rust}`);
  const { engines } = JSON.parse(read("web/package.json"));
  const numbers = (text) => text.match(/^(?:>=)?(\d+)\.(\d+)$/)?.slice(1).map(Number);
  const [asked, node] = [engines.node, first(dockerfile, /^FROM node:([\d.]+)/gm)].map(numbers);
  const isEnough = asked && node && (node[0] - asked[0] || node[1] - asked[1]) >= 0;
  must(isEnough, `Dockerfile's Node ${node?.join(".")} is not ${engines.node} (web/package.json)`);
}

/** The commands that are started are commands of the binary. */
function checkCommands() {
  const known = all(first(read("crates/server/src/cli/mod.rs"), /^enum Command \{(.*?)^\}/gms), /^ {4}(\w+)\(/gm);
  const commands = {
    "Dockerfile's HEALTHCHECK": first(dockerfile, /^HEALTHCHECK .*CMD \["tertulia", "(\w+)"\]$/gm),
    "Dockerfile's CMD": first(dockerfile, /^CMD \["(\w+)"\]$/gm),
    [`${UNIT}'s ExecStart`]: first(read(UNIT), /^ExecStart=\S+\/tertulia (\w+)$/gm),
  };
  for (const [where, command] of Object.entries(commands)) {
    const isKnown = known.some((variant) => variant.toLowerCase() === command);
    must(isKnown, `${where} starts ${JSON.stringify(command)}, which is no command of tertulia`);
  }
}

/** Every variable that is written down is one that the server reads. */
function checkVariables() {
  const config = "crates/server/src/config";
  const known = new Set([
    ...all(first(read(`${config}/layers.rs`), /^const PLAIN: .*? = \[(.*?)^\];/gms), /\("(\w+)",/g),
    ...all(read(`${config}/database_url.rs`), /\bget\("(DB_\w+)"\)/g),
  ]);
  for (const section of read(`${config}/default.toml`).split(/^\[/m).slice(1)) {
    for (const key of all(section, /^(?:# )?(\w+) = /gm)) {
      known.add(`TERTULIA_${first(section, /^(\w+)\]/g)}__${key}`.toUpperCase());
    }
  }
  // Those of the image of Postgres, of SQLite and of systemd.
  const foreign = /^(?:POSTGRES|AF)_/;
  const files = readdirSync("deploy").map((file) => `deploy/${file}`);
  for (const file of [...files, "docs/operations.md"]) {
    // With an underscore anything in capitals is a variable; without one, what is set.
    for (const name of new Set(all(read(file), /\b([A-Z]+_[A-Z_]*[A-Z]|(?<=^#?)[A-Z]+(?==))\b/gm))) {
      must(known.has(name) || foreign.test(name), `${file} names ${name}, which is no setting`);
    }
  }
}

/** systemd understands every line of the unit. Only where there is a systemd. */
function checkUnit() {
  if (spawnSync("systemd-analyze", ["--version"]).error) {
    return console.log(`${UNIT} was not verified: there is no systemd-analyze here`);
  }
  const folder = mkdtempSync(join(tmpdir(), "tertulia-unit-"));
  const unit = join(folder, "tertulia.service");
  // The binary is not installed here; the rest is as it is.
  writeFileSync(unit, read(UNIT).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  const { stdout, stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  // What it only warns of does not work either.
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("tertulia.service"));
  must(status === 0 && lines.length === 0, `${UNIT}: ${lines.join("; ") || `exit code ${status}`}`);
}

process.chdir(join(import.meta.dirname, ".."));
checkCopies();
checkVersions();
checkCommands();
checkVariables();
checkUnit();
for (const problem of problems) console.error(`check-deploy: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
