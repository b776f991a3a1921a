// The keyboard. Digits go by their place on it: on a French one they need Shift to be digits.

import { say } from "./words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;
const PAN = 60;

export function listen(acts, hasSelection) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.altKey || event.metaKey) return;
    if (belongsToControl(event)) return;
    if (act(event, acts, hasSelection())) event.preventDefault();
  });
}

function belongsToControl({ target, key }) {
  if (target.matches("input[type=number]")) return true;
  if (target.matches("input")) return key === " " || key === "Tab";
  return target.matches("button") && (key === "Enter" || key === " ");
}

function act(event, acts, isSelected) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (ARROWS[key]) return arrow(event, ARROWS[key], acts, isSelected);
  if (event.ctrlKey) {
    if (key === "z") return did(event.shiftKey ? acts.redo() : acts.undo());
    if (key === "y") return did(acts.redo());
    return false;
  }
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return did(acts.setClass(digit[1]));
  const simple = {
    Enter: acts.acceptAndGo, PageDown: acts.next, PageUp: acts.previous, Delete: acts.remove,
    Backspace: acts.remove, Escape: acts.deselect, a: acts.accept, n: acts.negative, c: acts.copy,
    u: acts.nextWork, b: acts.newBox, t: acts.takePicture, g: acts.toggleCoach, f: acts.fit,
    "+": acts.zoomIn, "=": acts.zoomIn, "-": acts.zoomOut, "?": acts.help, h: acts.help,
  }[key];
  if (simple) return did(simple());
  if (key === "s") return did(acts.selectNext(event.shiftKey ? -1 : 1));
  if (key === " " && !event.repeat) return did(acts.holdSpace());
  return key === " ";
}

function arrow(event, [dx, dy], acts, isSelected) {
  const step = event.shiftKey ? FAR : 1;
  if (isSelected) return did((event.ctrlKey ? acts.resize : acts.move)(dx * step, dy * step));
  if (event.ctrlKey || dy) return did(acts.pan(-dx * PAN, -dy * PAN));
  return did(dx > 0 ? acts.next() : acts.previous());
}

const did = () => true;

const HELP = [
  [["Enter"], "key_enter"], [["1", "…", "9"], "key_class"],
  [["→", "←"], "key_next"], [["B"], "key_new"],
  [["U"], "key_work"], [["S", "+S"], "key_select"],
  [["A"], "key_accept"], [["←", "↑", "→", "↓"], "key_move"],
  [["Del"], "key_delete"], [["Ctrl", "←↑→↓"], "key_resize"],
  [["N"], "key_negative"], [["Esc"], "key_escape"],
  [["C"], "key_copy"], [["+", "-", "F"], "key_zoom"],
  [["Ctrl Z", "Ctrl Y"], "key_undo"], [["Ctrl", "←↑→↓"], "key_pan"],
  [["T"], "key_camera"], [["G"], "key_coach"],
];

export function fillHelp(list) {
  const parts = [];
  for (const [keys, code] of HELP) {
    const term = document.createElement("dt");
    for (const key of keys) {
      const cap = document.createElement("kbd");
      cap.textContent = key === "Del" ? say("key_name_delete") : key.replace("+S", `${say("shift")} S`);
      term.append(cap, " ");
    }
    const what = document.createElement("dd");
    what.textContent = say(code);
    parts.push(term, what);
  }
  list.replaceChildren(...parts);
}
