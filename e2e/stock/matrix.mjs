// @ts-check
// The client matrix: what was tested with which stock client, as a table.
import { mkdir, writeFile } from "node:fs/promises";

/** @typedef {import("./drivers/driver.mjs").Driver} Driver */
/** @typedef {import("./features/feature.mjs").Feature} Feature */

const file = new URL("../.artifacts/matrix.md", import.meta.url);

export class Matrix {
  /** How many tests of a client and a feature have passed, and failed. */
  #cells = /** @type {Map<string, { passed: number, failed: number }>} */ (new Map());

  /**
   * @param {Driver} driver
   * @param {Feature} feature
   */
  #cell(driver, feature) {
    const key = `${driver.name}: ${feature.name}`;
    const cell = this.#cells.get(key) ?? { passed: 0, failed: 0 };
    this.#cells.set(key, cell);
    return cell;
  }

  /**
   * Runs a test, and remembers how it went.
   * @param {Driver} driver
   * @param {Feature} feature
   * @param {() => Promise<void>} run
   */
  async record(driver, feature, run) {
    const cell = this.#cell(driver, feature);
    cell.failed += 1;
    await run();
    cell.failed -= 1;
    cell.passed += 1;
  }

  /**
   * The table, in Markdown, and the reasons of what cannot be.
   * @param {Driver[]} drivers
   * @param {Feature[]} features
   */
  table(drivers, features) {
    /** @type {string[]} */
    const reasons = [];
    const rows = features.map((feature) => {
      const cells = drivers.map((driver) => {
        const reason = feature.except?.[driver.name];
        if (reason !== undefined) {
          if (!reasons.includes(reason)) reasons.push(reason);
          return `– (${reasons.indexOf(reason) + 1})`;
        }
        const { passed, failed } = this.#cell(driver, feature);
        if (failed > 0) return "FAILED";
        return passed > 0 ? "✓" : "not run";
      });
      return [feature.name + (feature.ways ? ` [${feature.ways.join(", ")}]` : ""), ...cells];
    });
    const head = ["", ...drivers.map(({ name }) => name)];
    const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
    const notes = reasons.map((reason, at) => `(${at + 1}) The client ${reason}.`);
    return `${[...lines, "", ...notes].join("\n")}\n`;
  }

  /**
   * Prints the table, and keeps it in `.artifacts/matrix.md`.
   * @param {Driver[]} drivers
   * @param {Feature[]} features
   */
  async publish(drivers, features) {
    const table = this.table(drivers, features);
    await mkdir(new URL(".", file), { recursive: true });
    await writeFile(file, table);
    console.log(table);
  }
}
