// Fails if a run of more than six lines is in the sources twice, with the same or other texts in quotes.
// Imports, comments and lines without a word outside quotes do not count.
//   node duplicates.mjs DIRECTORY

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MAX_LINES = 6;
const IGNORED = /^import [^;]*;|^\s*\/\/.*|\/\*[^]*?\*\//gm;
const QUOTED = /"[^"]*"|`[^`]*`/g;

/** The lines of a file that count, with their numbers. */
function linesOf(file) {
  const code = readFileSync(file, "utf8").replace(IGNORED, (text) => text.replace(/.+/g, ""));
  return code.split("\n").flatMap((line, index) => {
    const text = line.trim().replace(QUOTED, '""');
    return /\w/.test(text) ? [{ text, place: `${file}:${index + 1}` }] : [];
  });
}

const directory = process.argv[2];
const files = readdirSync(directory, { recursive: true }).filter((name) => /\.tsx?$/.test(name));
const placesOfRuns = new Map();
for (const file of files) {
  const lines = linesOf(join(directory, file));
  for (let start = 0; start + MAX_LINES < lines.length; start += 1) {
    const run = lines.slice(start, start + MAX_LINES + 1).map(({ text }) => text);
    const places = placesOfRuns.get(run.join("\n")) ?? [];
    placesOfRuns.set(run.join("\n"), [...places, lines[start].place]);
  }
}
const duplicates = [...placesOfRuns.values()].filter((places) => places.length > 1);
for (const places of duplicates) console.error(`the same ${MAX_LINES + 1} lines: ${places.join(", ")}`);
process.exitCode = duplicates.length > 0 ? 1 : 0;
