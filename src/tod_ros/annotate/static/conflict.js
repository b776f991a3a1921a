// Two versions of one picture: the person says which one is kept, one question after the other.

import { find, nameOf } from "./dom.js";
import { say } from "./words.js";

let last = Promise.resolve();

// Resolves to true where mine is to be kept.
export function askWhichToKeep(key, mine, theirs) {
  last = last.then(() => question(key, mine, theirs));
  return last;
}

export const isAsking = () => find("conflict-dialog").open;

function question(key, mine, theirs) {
  const dialog = find("conflict-dialog");
  find("conflict-text").textContent = say("conflict_text", { name: nameOf(key), theirs, mine });
  dialog.oncancel = (event) => event.preventDefault(); // Escape would leave it undecided
  dialog.showModal();
  return new Promise((resolve) => {
    const decide = (keepsMine) => () => {
      dialog.close();
      resolve(keepsMine);
    };
    find("conflict-theirs").onclick = decide(false);
    find("conflict-mine").onclick = decide(true);
  });
}
