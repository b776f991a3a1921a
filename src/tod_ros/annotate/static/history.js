// Undo and redo over all pictures: each step is one picture before and after.

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  add(key, before, after) {
    this.done.push({ key, before, after });
    this.undone = [];
  }

  back() {
    const step = this.done.pop();
    if (step) this.undone.push(step);
    return step && { key: step.key, state: step.before };
  }

  forth() {
    const step = this.undone.pop();
    if (step) this.done.push(step);
    return step && { key: step.key, state: step.after };
  }

  // after a change from outside, older states of the picture would undo somebody else's work
  forget(key) {
    this.done = this.done.filter((step) => step.key !== key);
    this.undone = this.undone.filter((step) => step.key !== key);
  }
}
