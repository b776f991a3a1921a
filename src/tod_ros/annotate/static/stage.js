// The picture with its boxes: drawing, moving, resizing, zooming and panning by mouse.

import { boxAt, boxBetween, handleAt, HANDLES, moved, resized, View } from "./geometry.js";

const SMALLEST = 3;
const SVG = "http://www.w3.org/2000/svg";
const stage = document.getElementById("stage");
const photo = document.getElementById("photo");
const overlay = document.getElementById("overlay");

export class Stage {
  // on.draw(xyxy), on.select(id or null), on.reshape(id, xyxy), on.pick([x, y]); colourOf(name)
  constructor(on, colourOf) {
    this.on = on;
    this.colourOf = colourOf;
    this.view = new View();
    this.entries = [];
    this.selected = null;
    this.size = null;
    this.drag = null;
    this.spaceIsDown = false;
    this.points = null; // an array: clicks pick points instead of boxes
    stage.addEventListener("pointerdown", (event) => this.begin(event));
    stage.addEventListener("pointermove", (event) => this.go(event));
    stage.addEventListener("pointerup", (event) => this.end(event));
    stage.addEventListener("pointercancel", () => this.cancel());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerleave", () => this.guide(null));
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  show(address, size) {
    this.size = size;
    this.drag = null;
    photo.src = address;
    photo.width = size[0];
    photo.height = size[1];
    photo.hidden = false;
    this.fit();
  }

  clear() {
    this.size = null;
    this.entries = [];
    photo.hidden = true;
    overlay.replaceChildren();
  }

  // entries: {id, name, xyxy, score?}; those with a score are proposals
  setBoxes(entries, selected) {
    this.entries = entries;
    this.selected = selected;
    this.draw();
  }

  setPoints(points) {
    this.points = points;
    this.draw();
  }

  fit() {
    if (!this.size) return;
    this.view.fit(this.size, [stage.clientWidth, stage.clientHeight]);
    this.place();
  }

  zoom(factor, point = [stage.clientWidth / 2, stage.clientHeight / 2]) {
    if (!this.size) return;
    this.view.zoom(factor, point);
    this.place();
  }

  pan(dx, dy) {
    this.view.pan(dx, dy);
    this.place();
  }

  middle() {
    return this.view.toPicture([stage.clientWidth / 2, stage.clientHeight / 2]);
  }

  place() {
    const { left, top, scale } = this.view;
    photo.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    photo.classList.toggle("close", scale > 3);
    this.draw();
  }

  draw() {
    if (!this.size) return;
    const order = [...this.entries].sort((a, b) => (a.id === this.selected) - (b.id === this.selected));
    const parts = order.map((entry) => this.drawBox(entry));
    if (this.drag?.kind === "draw" && this.drag.xyxy) {
      parts.push(this.drawBox({ id: "new", name: this.drag.name, xyxy: this.drag.xyxy }));
    }
    parts.push(...(this.points || []).map((point, number) => this.drawPoint(point, number + 1)));
    overlay.replaceChildren(...parts);
  }

  drawPoint(point, number) {
    const [x, y] = this.view.toScreen(...point);
    const group = make("g", { class: "point" });
    const said = make("text", { x: x + 8, y: y - 8 });
    said.textContent = number;
    group.append(make("path", { d: `M${x - 9} ${y}h18M${x} ${y - 9}v18` }), said);
    return group;
  }

  drawBox(entry) {
    const xyxy = this.drag && this.drag.id === entry.id && this.drag.xyxy ? this.drag.xyxy : entry.xyxy;
    const [x0, y0] = this.view.toScreen(xyxy[0], xyxy[1]);
    const [x1, y1] = this.view.toScreen(xyxy[2], xyxy[3]);
    const colour = this.colourOf(entry.name);
    const isProposal = entry.score !== undefined;
    const isSelected = entry.id === this.selected;
    const group = make("g", { class: `box${isProposal ? " proposal" : ""}${isSelected ? " selected" : ""}` });
    group.dataset.id = entry.id;
    const frame = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
    group.append(make("rect", { class: "halo", ...frame }), make("rect", { class: "edge", ...frame, stroke: colour }));
    if (entry.name) {
      const said = isProposal ? `${entry.name} ${Math.round(entry.score * 100)} %` : entry.name;
      const wide = said.length * 7.4 + 10;
      const top = y0 >= 19 ? y0 - 19 : y0 + 1;
      const tag = make("text", { x: x0 + 4, y: top + 13 });
      tag.textContent = said;
      group.append(make("rect", { x: x0 - 1, y: top, width: wide, height: 18, rx: 3, fill: colour }), tag);
    }
    if (isSelected) {
      for (const [, fx, fy] of HANDLES) {
        const at = { x: x0 + fx * (x1 - x0) - 4.5, y: y0 + fy * (y1 - y0) - 4.5 };
        group.append(make("rect", { class: "handle", ...at, width: 9, height: 9, rx: 2 }));
      }
    }
    return group;
  }

  guide(point) {
    for (const old of overlay.querySelectorAll(".guide")) old.remove();
    if (!point || !this.size) return;
    overlay.append(
      make("line", { class: "guide", x1: 0, x2: stage.clientWidth, y1: point[1], y2: point[1] }),
      make("line", { class: "guide", y1: 0, y2: stage.clientHeight, x1: point[0], x2: point[0] }),
    );
  }

  begin(event) {
    if (!this.size || event.target.closest(".zoom")) return;
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const from = pointOf(event);
    if (event.button === 1 || this.spaceIsDown) {
      this.drag = { kind: "pan", from };
      stage.classList.add("panning");
      event.preventDefault();
      return;
    }
    if (event.button !== 0) return;
    this.drag = { from, moved: false, ...this.whatIsAt(from, event.shiftKey) };
    if (this.drag.id !== undefined) this.on.select(this.drag.id);
  }

  whatIsAt(point, drawsOver) {
    if (this.points) return { kind: "pick" };
    const chosen = this.entries.find((entry) => entry.id === this.selected);
    if (!drawsOver) {
      const handle = chosen && handleAt(point, chosen.xyxy, this.view);
      if (handle) return { kind: "resize", id: chosen.id, handle, start: chosen.xyxy };
      const hit = boxAt(this.view.toPicture(point), this.entries);
      if (hit) return { kind: "move", id: hit.id, start: hit.xyxy };
    }
    return { kind: "draw", name: this.on.nextName() };
  }

  go(event) {
    const point = pointOf(event);
    const drag = this.drag;
    if (!drag) {
      this.point(point, event.shiftKey);
      return;
    }
    const dx = point[0] - drag.from[0], dy = point[1] - drag.from[1];
    if (drag.kind === "pan") {
      this.pan(dx, dy);
      drag.from = point;
      return;
    }
    if (drag.kind === "pick") return;
    drag.moved = drag.moved || Math.hypot(dx, dy) > 2;
    if (!drag.moved) return;
    const [px, py] = [dx / this.view.scale, dy / this.view.scale];
    if (drag.kind === "draw") {
      drag.xyxy = boxBetween(this.view.toPicture(drag.from), this.view.toPicture(point), this.size);
    } else if (drag.kind === "move") {
      drag.xyxy = moved(drag.start, px, py, this.size);
    } else {
      drag.xyxy = resized(drag.start, drag.handle, px, py, this.size);
    }
    this.draw();
  }

  point(point, drawsOver) {
    const what = this.size ? this.whatIsAt(point, drawsOver) : { kind: "draw" };
    const cursors = { n: "ns", s: "ns", e: "ew", w: "ew", nw: "nwse", se: "nwse", ne: "nesw", sw: "nesw" };
    stage.style.cursor = this.spaceIsDown ? "grab"
      : what.kind === "resize" ? `${cursors[what.handle]}-resize`
      : what.kind === "move" ? "move" : "";
    this.guide((what.kind === "draw" || what.kind === "pick") && !this.spaceIsDown ? point : null);
  }

  end() {
    const drag = this.drag;
    this.cancel();
    if (!drag || drag.kind === "pan") return;
    if (drag.kind === "pick") {
      const [x, y] = this.view.toPicture(drag.from);
      if (x >= 0 && y >= 0 && x <= this.size[0] && y <= this.size[1]) this.on.pick([x, y]);
    } else if (drag.kind === "draw") {
      const [x0, y0, x1, y1] = drag.xyxy || [0, 0, 0, 0];
      if (x1 - x0 >= SMALLEST && y1 - y0 >= SMALLEST) this.on.draw(drag.xyxy);
      else this.on.select(null);
    } else if (drag.xyxy) {
      this.on.reshape(drag.id, drag.xyxy);
    }
  }

  cancel() {
    this.drag = null;
    stage.classList.remove("panning");
    this.draw();
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0015), pointOf(event));
  }
}

function pointOf(event) {
  const frame = stage.getBoundingClientRect();
  return [event.clientX - frame.left, event.clientY - frame.top];
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
