// The classes: their colours, their keys, and the buttons that choose one.

import { find, make } from "./dom.js";

const COLOURS = [
  "#4cc2ff", "#ffb454", "#7ee787", "#ff8fd0", "#c9a7ff",
  "#f6e05e", "#5eead4", "#ff9b85", "#a3c9ff", "#d9f99d",
];
const STRANGE = "#ff8078"; // in a file, but not in the label map

export class Classes {
  constructor(names) {
    this.names = names;
    this.byKey = namesByKey(names);
  }

  colourOf(name) {
    const number = this.names.indexOf(name);
    return number < 0 ? STRANGE : COLOURS[number % COLOURS.length];
  }

  show(chosen, choose) {
    const keyOf = new Map([...this.byKey].map(([key, name]) => [name, key]));
    const focused = document.activeElement?.closest("#classes button")?.dataset.name;
    const buttons = this.names.map((name) => {
      const button = make("button", {
        type: "button", role: "radio", "aria-checked": name === chosen, "data-name": name,
      });
      const swatch = make("span", { kind: "swatch" });
      swatch.style.background = this.colourOf(name);
      button.append(swatch, name);
      if (keyOf.has(name)) button.append(" ", make("kbd", { text: keyOf.get(name) }));
      button.addEventListener("click", () => choose(name));
      return button;
    });
    find("classes").replaceChildren(...buttons);
    if (focused) buttons.find((button) => button.dataset.name === focused)?.focus();
  }
}

// A class called by a digit has that key; the others share the keys that are left.
function namesByKey(names) {
  const isDigit = (name) => /^\d$/.test(name);
  const byKey = new Map(names.filter(isDigit).map((name) => [name, name]));
  const left = [..."1234567890"].filter((key) => !byKey.has(key));
  for (const name of names) if (!isDigit(name) && left.length) byKey.set(left.shift(), name);
  return byKey;
}
