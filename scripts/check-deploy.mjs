#!/usr/bin/env node
// Finds what breaks a deployment without breaking a build: a Dockerfile, a unit and instructions
// that name what is no longer there. Needs no container engine.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.chdir(join(import.meta.dirname, ".."));

const UNIT = "deploy/tertulia.service";
const DEPLOYMENT = readdirSync("deploy").map((file) => `deploy/${file}`);
const NAMING = [...DEPLOYMENT, "Dockerfile", "docs/operations.md", "README.md"];

const problems = [];
const must = (holds, problem) => holds || problems.push(problem);
const read = (file) => readFileSync(file, "utf8");
/** What the first group of each match holds. */
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

/** A line of .dockerignore: it stands for a path and for everything below it. */
function rule(line) {
  const glob = line.replace(/^!/, "").replace(/[.+^$()|[\]{}\\]/g, "\\$&");
  const path = glob.replace(/\*\*\/|\*/g, (stars) => (stars === "*" ? "[^/]*" : "(?:.*/)?"));
  return { pattern: new RegExp(`^${path}(?:/|$)`), ignores: !line.startsWith("!") };
}

/** Everything that the Dockerfile copies is in the repository and is sent to the build. */
function checkCopies() {
  const rules = all(read(".dockerignore"), /^([^#\s].*)$/gm).map(rule);
  const isIgnored = (file) => rules.findLast(({ pattern }) => pattern.test(file))?.ignores ?? false;
  const tracked = execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n");
  const lines = all(read("Dockerfile"), /^COPY (?!--from)(.+)$/gm);
  const copied = lines.flatMap((line) => line.split(" ").slice(0, -1));
  for (const path of copied) {
    const files = tracked.filter((file) => file === path || file.startsWith(`${path}/`));
    must(files.length > 0, `Dockerfile copies ${path}, which is not in the repository`);
    const ignored = files.find(isIgnored);
    must(!ignored, `Dockerfile copies ${path}, but .dockerignore leaves out ${ignored}`);
  }
  const [members = ""] = all(read("Cargo.toml"), /^members = \[(.*?)\]/gms);
  for (const manifest of all(members, /"(.+?)"/g).map((member) => `${member}/Cargo.toml`)) {
    const isCopied = copied.some((path) => manifest === path || manifest.startsWith(`${path}/`));
    must(isCopied, `Dockerfile does not copy ${manifest}, without which Cargo stops`);
  }
}

/** The image that builds has the compiler that the manifest asks for. */
function checkCompiler() {
  const [asked] = all(read("Cargo.toml"), /^rust-version = "(.+)"$/gm);
  const [image] = all(read("Dockerfile"), /^FROM rust:([\d.]+)-/gm);
  must(image === asked, `Dockerfile builds with Rust ${image}, Cargo.toml asks for ${asked}`);
}

/** The commands that are started or shown are commands of the binary. */
function checkCommands() {
  const [variants = ""] = all(read("crates/server/src/cli/mod.rs"), /^enum Command \{(.*?)^\}/gms);
  const known = all(variants, /^ {4}(\w+)\(/gm).map((variant) => variant.toLowerCase());
  must(known.includes("serve"), "the commands in cli/mod.rs are not found");
  const shown = (text) => [
    ...all(text, /(?:`|\/|^ *)tertulia(?: tertulia)? ([a-z]+)\b/gm),
    ...all(text, /CMD \["(?:tertulia", ")?(\w+)"\]$/gm),
  ];
  for (const file of NAMING) {
    for (const command of shown(read(file))) {
      must(known.includes(command), `${file} has the command ${command}, tertulia has not`);
    }
  }
}

/** The variables that are set or shown are settings: those of default.toml, keys and prose. */
function checkVariables() {
  const defaults = read("crates/server/src/config/default.toml");
  const known = new Set(all(defaults, /\b([A-Z_]{4,})\b/g));
  for (const section of defaults.split(/^\[/m).slice(1)) {
    const [name] = all(section, /^(\w+)\]/g);
    for (const key of all(section, /^(?:# )?(\w+) = /gm)) {
      known.add(`TERTULIA_${name}__${key}`.toUpperCase());
    }
  }
  for (const file of NAMING) {
    const text = read(file);
    // Those of the image of Postgres and of systemd are not ours.
    const own = all(text, /\b(?!POSTGRES_|AF_)([A-Z]+_[A-Z_]*[A-Z])\b/g);
    const set = file.endsWith(".env") ? all(text, /^#?([A-Z_]+)=/gm) : [];
    for (const name of new Set([...own, ...set])) {
      must(known.has(name), `${file} names ${name}, which is no setting`);
    }
  }
}

/** systemd understands every line of the unit. Only where there is a systemd. */
function checkUnit() {
  if (spawnSync("systemd-analyze", ["--version"]).error) {
    console.log(`check-deploy: no systemd-analyze here, so ${UNIT} was not verified`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "tertulia-unit-"));
  const unit = join(folder, "tertulia.service");
  // The binary is not installed here; the rest is as it is.
  writeFileSync(unit, read(UNIT).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  const verify = ["verify", "--man=no", unit];
  const { stdout, stderr, status } = spawnSync("systemd-analyze", verify, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  // What systemd only warns of does not work either. Other units of this machine do not matter.
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("tertulia.service"));
  must(status === 0 && lines.length === 0, `${UNIT}: ${lines.join("; ") || `status ${status}`}`);
}

checkCopies();
checkCompiler();
checkCommands();
checkVariables();
checkUnit();
for (const problem of problems) console.error(`check-deploy: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
