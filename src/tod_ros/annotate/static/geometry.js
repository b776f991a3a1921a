// Boxes in pixels of the picture, from 1 as labelImg counts, and where they are on the screen.

export const HANDLES = [
  ["nw", 0, 0], ["n", 0.5, 0], ["ne", 1, 0], ["e", 1, 0.5],
  ["se", 1, 1], ["s", 0.5, 1], ["sw", 0, 1], ["w", 0, 0.5],
];
const REACH = 9;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function boxBetween([x0, y0], [x1, y1], [width, height]) {
  const xs = [x0, x1].map((x) => clamp(Math.round(x), 1, width)).sort((a, b) => a - b);
  const ys = [y0, y1].map((y) => clamp(Math.round(y), 1, height)).sort((a, b) => a - b);
  return [xs[0], ys[0], xs[1], ys[1]];
}

export function moved([x0, y0, x1, y1], dx, dy, [width, height]) {
  const right = clamp(Math.round(dx), 1 - x0, width - x1);
  const down = clamp(Math.round(dy), 1 - y0, height - y1);
  return [x0 + right, y0 + down, x1 + right, y1 + down];
}

export function resized([x0, y0, x1, y1], handle, dx, dy, [width, height]) {
  const west = handle.includes("w"), east = handle.includes("e");
  const north = handle.includes("n"), south = handle.includes("s");
  return [
    west ? clamp(Math.round(x0 + dx), 1, x1 - 2) : x0,
    north ? clamp(Math.round(y0 + dy), 1, y1 - 2) : y0,
    east ? clamp(Math.round(x1 + dx), x0 + 2, width) : x1,
    south ? clamp(Math.round(y1 + dy), y0 + 2, height) : y1,
  ];
}

export function handleAt(point, xyxy, view) {
  const [sx0, sy0] = view.toScreen(xyxy[0], xyxy[1]);
  const [sx1, sy1] = view.toScreen(xyxy[2], xyxy[3]);
  for (const [name, fx, fy] of HANDLES) {
    const near = Math.hypot(point[0] - (sx0 + fx * (sx1 - sx0)), point[1] - (sy0 + fy * (sy1 - sy0)));
    if (near <= REACH) return name;
  }
  return null;
}

// The smallest box under a point: one inside another can still be reached.
export function boxAt([x, y], boxes) {
  const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  return boxes
    .filter(({ xyxy: [x0, y0, x1, y1] }) => x >= x0 && x <= x1 && y >= y0 && y <= y1)
    .sort((a, b) => area(a.xyxy) - area(b.xyxy))[0];
}

export class View {
  constructor() {
    this.scale = 1;
    this.left = 0;
    this.top = 0;
  }

  fit([width, height], [room, tall]) {
    this.scale = Math.min((room - 24) / width, (tall - 24) / height);
    this.left = (room - width * this.scale) / 2;
    this.top = (tall - height * this.scale) / 2;
  }

  zoom(factor, [x, y]) {
    const scale = clamp(this.scale * factor, 0.05, 40);
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
  }

  pan(dx, dy) {
    this.left += dx;
    this.top += dy;
  }

  toScreen(x, y) {
    return [this.left + x * this.scale, this.top + y * this.scale];
  }

  toPicture([x, y]) {
    return [(x - this.left) / this.scale, (y - this.top) / this.scale];
  }
}
