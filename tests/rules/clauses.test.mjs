import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { RULES } from "./environment.mjs";

const HERE = new URL("./", import.meta.url);

const withoutComments = (text) => text.replace(/\/\/.*$/gm, "");

/** The clauses of a rules file as `match /path`, the one that only names the database left out. */
const clausesOf = (rules) =>
  [...withoutComments(rules).matchAll(/\bmatch\s+(\/\S+)/g)]
    .map(([, path]) => `match ${path}`)
    .filter((clause) => clause !== "match /databases/{database}/documents");

/** The clauses that no test names as a whole, in quotes. */
const untested = (rules, tests) =>
  clausesOf(rules).filter((clause) => !tests.includes(`"${clause}"`));

const TESTS = readdirSync(HERE)
  .filter((name) => name.endsWith(".test.mjs"))
  .map((name) => readFileSync(new URL(name, HERE), "utf8"))
  .join("\n");

describe("the rules file", () => {
  it("has no clause without a test that names it", () =>
    assert.deepEqual(untested(RULES, TESTS), []));
  it("would be caught with a clause that no test names", () => {
    const clause = "match /sec" + "rets/{id}";

    assert.deepEqual(untested(`${RULES}\n${clause} {}`, TESTS), [clause]);
  });
  it("has no wildcard over more than one path segment", () =>
    assert.doesNotMatch(withoutComments(RULES), /=\*\*/));
  it("never allows without a condition", () =>
    assert.doesNotMatch(withoutComments(RULES), /allow[^:;]*(;|:\s*if\s+true)/));
  it("has a comment above every clause", () => {
    const lines = RULES.split("\n");
    const bare = lines.filter(
      (line, n) => /^\s*match \/(?!databases)/.test(line) && !/^\s*\/\//.test(lines[n - 1]),
    );

    assert.deepEqual(bare, []);
  });
});
