// Saves that wait for the server: one at a time, repeated until they arrive, kept over a reload. One that
// the server cannot do now stands back for the others, and is tried again with each round.

import { addressOf, ask, Failed } from "./api.js";

const PLACE = "tod-waiting " + document.querySelector("meta[name=tod-project]").content;
const RETRY_MS = 700;
const MOST_KEEPALIVE_BYTES = 60000;

export class Saving {
  // on.saved(key, answer), on.conflict(key, save, now), on.refused(key, error), on.state(state, count)
  constructor(on) {
    this.on = on;
    this.waiting = new Map(Object.entries(JSON.parse(sessionStorage.getItem(PLACE) || "{}")));
    this.sending = null;
    this.finished = 0;
    this.failed = new Set(); // in this round
    this.fault = "";
    this.idle = [];
    if (this.waiting.size) this.send();
  }

  put(key, save) {
    // the version seen is the one that the first of several quick changes was made on
    const seen = this.waiting.get(key)?.seen ?? save.seen;
    this.waiting.set(key, { ...save, seen });
    this.failed.delete(key);
    this.keep();
    this.send();
  }

  has(key) {
    return this.waiting.has(key) || this.sending === key;
  }

  settled() {
    if (!this.waiting.size && !this.sending) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  drop(key) {
    this.waiting.delete(key);
    this.keep();
  }

  async send() {
    if (this.sending) return;
    const key = [...this.waiting.keys()].find((each) => !this.failed.has(each));
    if (key === undefined) {
      this.endRound();
      return;
    }
    const save = this.waiting.get(key);
    this.sending = key;
    this.on.state("saving", this.waiting.size);
    try {
      const answer = await this.write(key, save);
      this.finish(key, save, answer.version);
      this.on.saved(key, answer);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      if (error.status === 0) {
        this.sending = null;
        this.on.state("unreachable", this.waiting.size, error.message);
        setTimeout(() => this.send(), RETRY_MS);
        return;
      }
      if (error.status >= 500) {
        this.failed.add(key);
        this.fault = error.message;
      } else {
        this.giveBack(key, save, error);
      }
    }
    this.sending = null;
    this.send();
  }

  endRound() {
    if (this.waiting.size) {
      this.on.state("save_failed", this.waiting.size, this.fault);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => {
        this.failed.clear();
        this.send();
      }, RETRY_MS);
      return;
    }
    this.on.state("saved", 0);
    for (const resolve of this.idle.splice(0)) resolve();
  }

  write(key, save) {
    const small = JSON.stringify(save).length < MOST_KEEPALIVE_BYTES;
    return ask(addressOf("boxes", key), { method: "PUT", body: save, keepalive: small });
  }

  finish(key, save, version) {
    const later = this.waiting.get(key);
    this.finished += 1;
    if (later === save) this.waiting.delete(key);
    else if (later) this.waiting.set(key, { ...later, seen: version });
    this.keep();
  }

  giveBack(key, save, error) {
    const now = error.answer.now;
    if (error.status === 409 && now && isSame(save, now)) {
      // our own save, whose answer was lost with a reload or a killed server
      this.finish(key, save, now.version);
      this.on.saved(key, { version: now.version, row: now.row });
      return;
    }
    const last = this.waiting.get(key) || save;
    this.drop(key);
    if (error.status === 409 && now) this.on.conflict(key, last, now);
    else this.on.refused(key, error);
  }

  keep() {
    sessionStorage.setItem(PLACE, JSON.stringify(Object.fromEntries(this.waiting)));
  }
}

function isSame(save, now) {
  if ((save.boxes === null) === now.saved || now.machine) return false;
  const text = (boxes) => JSON.stringify(boxes.map((box) => [box.name, box.xyxy, Boolean(box.difficult)]));
  return text(save.boxes || []) === text(now.boxes);
}
