// How far the whole set is, and which part of it the strip shows.

import { find, make } from "./dom.js";
import { say } from "./words.js";

export const STATES = ["todo", "proposed", "machine", "done", "broken"];

export function countStates(rows) {
  const counts = { all: rows.length };
  for (const state of STATES) counts[state] = 0;
  for (const row of rows) counts[row[1]] += 1;
  return counts;
}

export function showProgress(counts) {
  const done = counts.done + counts.machine;
  const all = Math.max(1, counts.all);
  find("counts").textContent = say("counts", { ...counts, done });
  find("progress").setAttribute("aria-valuemax", counts.all);
  find("progress").setAttribute("aria-valuenow", done);
  find("bar-done").style.width = `${(100 * done) / all}%`;
  find("bar-proposed").style.width = `${(100 * counts.proposed) / all}%`;
}

let shown = "";

export function showFilters(counts, filter, choose) {
  const wanted = ["all", ...STATES].filter((name) => name === "all" || name === filter || counts[name]);
  const now = JSON.stringify([wanted, counts, filter, document.documentElement.lang]);
  if (now === shown) return;
  shown = now;
  find("filters").replaceChildren(...wanted.map((name) => {
    const button = make("button", {
      type: "button", role: "radio", "aria-checked": name === filter,
      text: say(`filter_${name}`, { count: counts[name] }),
    });
    button.addEventListener("click", () => choose(name));
    return button;
  }));
}
