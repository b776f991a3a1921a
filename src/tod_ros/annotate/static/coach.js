// The coach's list: likely mistakes first, each with the pictures it speaks of.

import { say } from "./words.js";

const MOST_ADVICE = 80;
const MOST_LINKS = 6;
const list = document.getElementById("coach-list");

export function showAdvice(advice, open) {
  document.getElementById("coach-count").textContent = advice.length || "";
  const items = advice.slice(0, MOST_ADVICE).map((one) => item(one, open));
  if (!advice.length) items.push(element("li", "", say("coach_nothing")));
  if (advice.length > MOST_ADVICE) {
    items.push(element("li", "", say("coach_more", { count: advice.length - MOST_ADVICE })));
  }
  list.replaceChildren(...items);
}

function item({ kind, code, values, pictures }, open) {
  const entry = element("li", kind, "");
  entry.append(element("span", "kind", say(`kind_${kind}`)), element("span", "", say(code, values)));
  if (pictures.length) {
    const links = element("div", "links", "");
    for (const key of pictures.slice(0, MOST_LINKS)) {
      const link = element("button", "", key.slice(key.indexOf("/") + 1));
      link.type = "button";
      link.addEventListener("click", () => open(key));
      links.append(link);
    }
    if (pictures.length > MOST_LINKS) {
      links.append(element("span", "", say("coach_more", { count: pictures.length - MOST_LINKS })));
    }
    entry.append(links);
  }
  return entry;
}

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
