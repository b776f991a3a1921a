// Small things that several modules say about the page's elements and the pictures' keys.

export const find = (id) => document.getElementById(id);

export const nameOf = (key) => key.slice(key.indexOf("/") + 1);

export function make(tag, { kind = "", text = "", ...attributes } = {}) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const TOAST_MS = 3500;
let toastTimer;

export function toast(text) {
  find("toast").textContent = text;
  find("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => find("toast").classList.remove("shown"), TOAST_MS);
}
