// The strip of pictures. Only the cells in sight exist, so that thousands scroll as easily as ten.

import { addressOf } from "./api.js";
import { say } from "./words.js";

const STEP = 120;
const BESIDE = 4;
const THUMBNAIL_AFTER_MS = 70; // cells that only fly past ask for nothing
const SIGNS = { todo: "·", proposed: "?", machine: "⚙", done: "✓", broken: "!" };
const strip = document.getElementById("strip");
const room = document.getElementById("strip-room");

export class Strip {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.rows = [];
    this.current = null;
    this.cells = new Map();
    strip.addEventListener("scroll", () => this.soon());
    strip.addEventListener("wheel", (event) => {
      if (!event.deltaX) strip.scrollLeft += event.deltaY;
    }, { passive: true });
    new ResizeObserver(() => this.soon()).observe(strip);
  }

  show(rows) {
    this.rows = rows;
    room.style.width = `${rows.length * STEP + 12}px`;
    this.soon();
  }

  select(key) {
    this.current = key;
    const place = this.rows.findIndex((row) => row[0] === key) * STEP;
    if (place >= 0 && (place < strip.scrollLeft + STEP || place > strip.scrollLeft + strip.clientWidth - 2 * STEP)) {
      strip.scrollLeft = place - strip.clientWidth / 2 + STEP / 2;
    }
    this.soon();
  }

  soon() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const first = Math.max(0, Math.floor(strip.scrollLeft / STEP) - BESIDE);
    const last = Math.min(this.rows.length, Math.ceil((strip.scrollLeft + strip.clientWidth) / STEP) + BESIDE);
    const wanted = new Map();
    for (let number = first; number < last; number += 1) wanted.set(this.rows[number][0], number);
    for (const [key, cell] of this.cells) {
      if (!wanted.has(key)) {
        clearTimeout(cell.timer);
        cell.element.remove();
        this.cells.delete(key);
      }
    }
    for (const [key, number] of wanted) {
      if (!this.cells.has(key)) this.cells.set(key, this.make(key));
      this.fill(this.cells.get(key), this.rows[number], number);
    }
  }

  make(key) {
    const element = document.createElement("div");
    element.className = "cell";
    element.id = `cell-${key}`;
    element.setAttribute("role", "option");
    const image = document.createElement("img");
    image.alt = "";
    image.draggable = false;
    const name = document.createElement("span");
    name.className = "name";
    const state = document.createElement("span");
    element.append(image, name, state);
    element.addEventListener("click", () => this.onOpen(key));
    strip.append(element);
    return { element, image, name, state, shown: "", stamp: "", timer: null };
  }

  fill(cell, row, number) {
    const [key, state, boxes, proposals, stamp] = row;
    const isCurrent = key === this.current;
    const shown = JSON.stringify([row, number, isCurrent, document.documentElement.lang]);
    if (shown === cell.shown) return;
    cell.shown = shown;
    cell.element.style.left = `${number * STEP + 8}px`;
    cell.element.classList.toggle("current", isCurrent);
    cell.element.setAttribute("aria-selected", isCurrent);
    if (isCurrent) strip.setAttribute("aria-activedescendant", cell.element.id);
    const name = key.slice(key.indexOf("/") + 1);
    cell.name.textContent = name;
    const count = state === "proposed" ? proposals : boxes;
    cell.state.className = `state ${state}`;
    cell.state.textContent = count ? `${SIGNS[state]} ${count}` : state === "done" ? "∅" : SIGNS[state];
    const said = state === "done" && boxes === 0 ? "state_negative" : `state_${state}`;
    const label = say("cell_label", { name, state: say(said), count: count ?? 0 });
    cell.element.setAttribute("aria-label", label);
    cell.element.title = label;
    if (stamp !== cell.stamp) {
      cell.stamp = stamp;
      clearTimeout(cell.timer);
      cell.timer = setTimeout(() => {
        if (state !== "broken") cell.image.src = `${addressOf("thumbnail", key)}?v=${stamp}`;
      }, THUMBNAIL_AFTER_MS);
    }
  }
}
