// The list of a picture's boxes and proposals, beside it.

import { find, make } from "./dom.js";
import { say } from "./words.js";

// on.select(id), on.step(1 or -1)
export function showBoxes(entries, selected, colourOf, on) {
  const list = find("boxes");
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...entries.map((entry, number) => {
    const isReached = entry.id === selected || (selected === null && number === 0);
    return boxItem(entry, { isSelected: entry.id === selected, isReached }, colourOf, on);
  }));
  if (hadFocus) {
    (list.querySelector("[aria-selected=true]") || list.firstElementChild || find("stage")).focus();
  }
  find("box-count").textContent = entries.length ? `(${entries.length})` : "";
  find("boxes-hint").hidden = entries.length > 0;
}

function boxItem({ id, name, xyxy, score }, { isSelected, isReached }, colourOf, on) {
  const [x, y] = xyxy;
  const [width, height] = [xyxy[2] - x, xyxy[3] - y];
  const isProposal = score !== undefined;
  const percent = Math.round(score * 100);
  const item = make("li", {
    role: "option",
    tabindex: isReached ? 0 : -1,
    "aria-selected": isSelected,
    "aria-label": say(isProposal ? "proposal_label" : "box_label", { name, width, height, x, y, percent }),
  });
  const swatch = make("span", { kind: isProposal ? "swatch dashed" : "swatch" });
  swatch.style[isProposal ? "borderColor" : "background"] = colourOf(name);
  const size = `${width} × ${height}`;
  item.append(swatch, name, make("span", { kind: "where", text: isProposal ? `${percent} % · ${size}` : size }));
  item.addEventListener("click", () => on.select(id));
  item.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    on.step(step);
  });
  return item;
}
