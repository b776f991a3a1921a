// Every sentence of the page, in English or French; words.json has both.

let table = {};
let language = "en";

export async function loadWords() {
  table = await (await fetch("/static/words.json")).json();
  const wanted = localStorage.getItem("tod-language") || (navigator.languages || ["en"])[0];
  setLanguage(wanted.toLowerCase().startsWith("fr") ? "fr" : "en");
}

export function otherLanguage() {
  return language === "en" ? "fr" : "en";
}

export function setLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = say(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
    if (element.tagName === "BUTTON") element.title = say(element.dataset.label);
  }
}

export function say(code, values = {}) {
  let sentence = table[language][code] ?? code;
  for (const [name, value] of Object.entries(values)) {
    sentence = sentence.replaceAll(`{${name}}`, value);
  }
  return sentence;
}
