// Computes the golden vectors of the second bucketing generation with @openfeature/flagd-core. See README.md.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { FlagdCore } = require("@openfeature/flagd-core");
const { version } = require("@openfeature/flagd-core/package.json");

const file = (name) => new URL(name, import.meta.url);
const { definition, cases } = JSON.parse(readFileSync(file("bucketing-v3.json"), "utf8"));

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const core = new FlagdCore(undefined, silent);
core.setConfigurations(JSON.stringify(definition));

/** Whether the generation takes it, and the package hashes it as flagd does. */
function isSupported({ flag, context }) {
  const key = context.targetingKey ?? "";
  const unit = flag.startsWith("unit-") ? context.unit : "";
  return typeof unit === "string" && [...(key + unit)].every((character) => character < "\u0080");
}

const computed = cases.filter(isSupported).map(({ flag, context }) => {
  const { variant } = core.resolveStringEvaluation(flag, "", context, silent);
  return { flag, context, variant: variant ?? null };
});

// One flag and one case per line, so that a difference is readable.
const lines = (items) => items.map((item) => JSON.stringify(item)).join(",\n");
const flags = Object.entries(definition.flags).map(([key, flag]) => `${JSON.stringify(key)}:${JSON.stringify(flag)}`);
const source = JSON.stringify(`npm @openfeature/flagd-core ${version}`);
const text = `{"computedBy":${source},
"definition":{"flags":{
${flags.join(",\n")}}},
"cases":[
${lines(computed)}
]}
`;
writeFileSync(file("bucketing-v2.json"), text);
console.log("bucketing-v2.json", computed.length, "cases");
