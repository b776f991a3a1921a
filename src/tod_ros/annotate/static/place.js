// The panel that calibrates the camera: four clicks on the corners of a sheet of paper.

import { ask, Failed } from "./api.js";
import { find } from "./dom.js";
import { say } from "./words.js";

const CORNERS = ["near_left", "near_right", "far_right", "far_left"];

export class PlacePanel {
  constructor(stage) {
    this.stage = stage;
    this.key = null;
    this.points = [];
    this.isOpen = false;
    this.told = null; // what the server answered, or the reason why not
    find("place-back").addEventListener("click", () => this.back());
    find("place-save").addEventListener("click", () => this.save());
  }

  open(isOpen) {
    this.isOpen = isOpen;
    this.render();
  }

  // another picture: its sheet may lie elsewhere
  picture(key) {
    if (key === this.key) return;
    this.key = key;
    this.points = [];
    this.render();
  }

  pick(point) {
    if (this.points.length === CORNERS.length) return;
    this.points = [...this.points, point];
    this.told = null;
    this.render();
  }

  back() {
    this.points = this.points.slice(0, -1);
    this.told = null;
    this.render();
  }

  async save() {
    const [width, depth, edge] = ["sheet-width", "sheet-depth", "cube-edge"].map((id) => find(id).valueAsNumber);
    const body = { key: this.key, corners: this.points, sheet_mm: [width, depth], cube_edge_mm: edge };
    try {
      this.told = await ask("/api/place", { method: "PUT", body });
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      this.told = { error: error.message };
    }
    this.render();
  }

  render() {
    this.stage.setPoints(this.isOpen ? this.points : null);
    const corner = CORNERS[this.points.length];
    find("place-next").textContent = corner ? say("place_click", { corner: say(corner) }) : say("place_clicked");
    find("place-back").disabled = !this.points.length;
    find("place-save").disabled = Boolean(corner) || !this.key;
    find("place-result").textContent = this.told ? result(this.told) : "";
  }
}

function result({ error, height_m: height, residual_px: residual, file }) {
  if (error) return say("place_failed", { reason: error });
  return say("place_saved", { height: (height * 100).toFixed(1), residual: residual.toFixed(2), file });
}
