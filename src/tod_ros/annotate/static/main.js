// The page: what is open, what was done to it, and how that is shown.

import { addressOf, ask, Failed, isOurs } from "./api.js";
import { showBoxes } from "./boxlist.js";
import { Classes } from "./classes.js";
import { showAdvice } from "./coach.js";
import { askWhichToKeep, isAsking } from "./conflict.js";
import { find, nameOf, toast } from "./dom.js";
import * as edits from "./edits.js";
import { boxBetween, moved, resized } from "./geometry.js";
import { History } from "./history.js";
import { fillHelp, listen } from "./keys.js";
import { countStates, showFilters, showProgress } from "./listing.js";
import { PlacePanel } from "./place.js";
import { Saving } from "./saving.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";
import { loadWords, otherLanguage, say, setLanguage } from "./words.js";

const POLL_MS = 1500;
const SPLITS = ["new", "train", "test"];
const inOrder = new Intl.Collator("en", { numeric: true }); // image999 before image1000

const rows = new Map();
const open = new Map(); // key -> {size, version, machine, fault, state}
const history = new History();
let projectName = "";
let classes = new Classes([]);
let order = [];
let shown = [];
let filter = "all";
let current = null;
let selected = null;
let nextClass = "";
let lastBoxes = null;
let revision = 0;
let run = "";
let adviceNumber = -1;
let advice = [];
let progress = { model: "", looked: 0 };
let camera = { code: "camera_checking", values: {} };
let takesPicture = false;
let stage, strip, saving, placePanel;

// ---- what is shown

const colourOf = (name) => classes.colourOf(name);
const now = () => current && open.get(current);

function render() {
  const picture = now();
  const state = picture?.state;
  const entries = state ? [...state.boxes, ...state.proposals] : [];
  if (!entries.some(({ id }) => id === selected)) selected = null;
  stage.setBoxes(entries, selected);
  renderCaption(picture);
  renderActions(picture, state);
  classes.show(entries.find(({ id }) => id === selected)?.name ?? nextClass, chooseClass);
  showBoxes(entries, selected, colourOf, { select, step: acts.selectNext });
  const box = state?.boxes.find(({ id }) => id === selected);
  find("difficult").disabled = !box;
  find("difficult").checked = Boolean(box?.difficult);
}

function renderCaption(picture) {
  const row = rows.get(current);
  const kind = picture ? stateOf(picture) : row?.[1];
  const word = kind ? say(kind === "done" && picture && !picture.state.boxes.length ? "state_negative" : `state_${kind}`) : "";
  find("caption").parentElement.hidden = !current;
  find("caption").textContent = current || "";
  find("caption-state").textContent = word;
  find("caption-state").className = `chip ${kind}`;
  find("stage").setAttribute("aria-label", current ? `${say("stage")}: ${nameOf(current)}, ${word}` : say("stage"));
  const note = picture?.fault ? say("fault_start_over", { reason: picture.fault })
    : picture?.unreadable || (order.length ? "" : say("empty_project"));
  find("stage-note").textContent = note;
  find("stage-note").hidden = !note;
}

function stateOf(picture) {
  if (picture.unreadable || picture.fault) return "broken";
  if (picture.state.proposals.length) return "proposed";
  if (!picture.state.saved) return "todo";
  return picture.machine ? "machine" : "done";
}

function renderActions(picture, state) {
  const count = state?.proposals.length || 0;
  find("accept-text").textContent = count ? say("accept_next", { count })
    : picture?.machine ? say("confirm_next") : say("go_on");
  find("accept").disabled = !picture;
  find("negative").disabled = !state;
  find("copy").disabled = !state;
  find("undo").disabled = !history.done.length;
  find("redo").disabled = !history.undone.length;
}

function renderListing() {
  const counts = countStates(order.map((key) => rows.get(key)));
  showProgress(counts);
  showFilters(counts, filter, (name) => {
    filter = name;
    renderListing();
    strip.select(current);
  });
  shown = filter === "all" ? order : order.filter((key) => rows.get(key)[1] === filter || key === current);
  strip.show(shown.map((key) => rows.get(key)));
  find("coach-progress").textContent = say("coach_progress", { looked: progress.looked, all: order.length });
}

function renderCamera() {
  const button = find("camera");
  const reason = takesPicture ? say("camera_taking")
    : camera.code ? say(camera.code, camera.values) : say("camera_ready");
  button.setAttribute("aria-disabled", Boolean(camera.code) || takesPicture);
  button.title = reason;
  button.setAttribute("aria-label", `${say("take_picture")}. ${reason}`);
}

function renderAll() {
  document.title = say("title", { project: projectName });
  find("project").textContent = projectName;
  find("language").textContent = otherLanguage() === "fr" ? "Français" : "English";
  find("language").lang = otherLanguage();
  fillHelp(find("help-list"));
  showAdvice(advice, show);
  placePanel.render();
  renderCamera();
  render();
  renderListing();
}

// ---- pictures

function take(answer) {
  for (const row of answer.rows) rows.set(row[0], row);
  for (const key of answer.gone) rows.delete(key);
  revision = answer.revision;
  run = answer.run;
  progress = answer.progress;
  camera = answer.camera;
  if (answer.rows.length || answer.gone.length) {
    order = [...rows.keys()].sort((a, b) => compare(a, b));
  }
}

function compare(a, b) {
  const [splitA, splitB] = [a, b].map((key) => SPLITS.indexOf(key.slice(0, key.indexOf("/"))));
  return splitA - splitB || inOrder.compare(a, b);
}

async function load(key) {
  if (open.has(key)) return open.get(key);
  const answer = await ask(addressOf("boxes", key));
  if (!open.has(key)) receive(key, answer);
  return open.get(key);
}

function receive(key, answer) {
  const { size, version, machine, fault } = answer;
  open.set(key, { size, version, machine, fault, stamp: answer.row[5], state: edits.fromServer(answer) });
  rows.set(key, answer.row);
}

const photoAddress = (key) => `${addressOf("picture", key)}?v=${rows.get(key)[4]}`;

async function show(key) {
  if (!rows.has(key)) return;
  current = key;
  selected = null;
  placePanel.picture(key);
  find("stage").setAttribute("aria-busy", "true");
  globalThis.location.replace(`#${encodeURIComponent(key)}`);
  strip.select(key);
  try {
    await load(key);
    if (current !== key) return;
    stage.show(photoAddress(key), open.get(key).size);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    if (current !== key) return;
    open.set(key, { unreadable: error.message, state: null });
    stage.clear();
  }
  render();
  renderListing();
  find("stage").setAttribute("aria-busy", "false");
  if (open.get(key).unreadable) open.delete(key);
  prefetch(neighbour(1));
}

function prefetch(key) {
  if (!key || rows.get(key)[1] === "broken") return;
  load(key).then(() => {
    new Image().src = photoAddress(key);
  }).catch(() => {}); // it is said when the picture is opened
}

function neighbour(step) {
  return shown[shown.indexOf(current) + step];
}

function go(step) {
  const key = neighbour(step);
  if (key) return show(key);
  if (step < 0) return toast(say("first"));
  const done = order.filter((one) => ["done", "machine"].includes(rows.get(one)[1])).length;
  return toast(say("all_done", { done, all: order.length }));
}

// ---- changes

function update(after, { key = current, remember = true } = {}) {
  const picture = open.get(key);
  if (remember) history.add(key, picture.state, after);
  if (after.saved && after.boxes.length) lastBoxes = after.boxes;
  picture.state = after;
  picture.machine = "";
  saving.put(key, edits.toSave(after, picture.version));
  const row = [...rows.get(key)];
  [row[1], row[2], row[3]] = [stateOf({ ...picture, fault: "" }), after.saved ? after.boxes.length : null, after.proposals.length];
  rows.set(key, row);
  render();
  renderListing();
}

async function travel(step, message) {
  if (!step) return toast(say(message));
  if (current !== step.key) await show(step.key);
  if (open.has(step.key)) update(step.state, { key: step.key, remember: false });
  return undefined;
}

function select(id) {
  selected = id;
  render();
}

function entry(id) {
  const state = now()?.state;
  return state && [...state.boxes, ...state.proposals].find((one) => one.id === id);
}

function chooseClass(name) {
  if (selected !== null) update(edits.change(now().state, selected, { name }));
  nextClass = name;
  render();
}

function draw(xyxy) {
  update(edits.addBox(now().state, nextClass, xyxy));
  select(now().state.boxes.at(-1).id);
}

function reshape(id, xyxy) {
  if (String(entry(id).xyxy) === String(xyxy)) return;
  update(edits.change(now().state, id, { xyxy }));
}

const ready = (act) => (...values) => {
  if (now()?.state) act(now().state, ...values);
  return true;
};

const acts = {
  next: () => go(1),
  previous: () => go(-1),
  nextWork() {
    const from = order.indexOf(current) + 1;
    const key = [...order.slice(from), ...order.slice(0, from)]
      .find((one) => ["todo", "proposed", "machine", "broken"].includes(rows.get(one)[1]));
    if (key) show(key);
    else go(order.length);
  },
  acceptAndGo() {
    const state = now()?.state;
    const key = current;
    const next = neighbour(1);
    if (state?.proposals.length) update(edits.accept(state, state.proposals.map(({ id }) => id)));
    else if (now()?.machine) update(state);
    if (next && current === key) show(next);
    else go(1);
  },
  accept: ready((state) => {
    const chosen = state.proposals.filter(({ id }) => selected === null || id === selected);
    if (chosen.length) update(edits.accept(state, chosen.map(({ id }) => id)));
  }),
  remove: ready((state) => {
    if (selected === null) return;
    const all = [...state.boxes, ...state.proposals];
    const place = all.findIndex(({ id }) => id === selected);
    update(edits.remove(state, selected));
    select((all[place + 1] ?? all[place - 1])?.id ?? null);
  }),
  negative: ready((state) => {
    if (state.boxes.length) return toast(say("has_boxes"));
    const next = neighbour(1);
    update(edits.negative(state));
    return next ? show(next) : go(1);
  }),
  copy: ready((state) => {
    if (state.boxes.length) return toast(say("has_boxes"));
    if (!lastBoxes) return toast(say("nothing_to_copy"));
    const [width, height] = now().size;
    const fitting = lastBoxes.filter(({ xyxy }) => xyxy[2] <= width && xyxy[3] <= height);
    return update(edits.copyBoxes(state, fitting));
  }),
  undo: () => travel(history.back(), "nothing_to_undo"),
  redo: () => travel(history.forth(), "nothing_to_redo"),
  setClass(digit) {
    if (classes.byKey.has(digit)) chooseClass(classes.byKey.get(digit));
  },
  selectNext(step) {
    const state = now()?.state;
    const all = state ? [...state.boxes, ...state.proposals] : [];
    if (!all.length) return;
    const place = all.findIndex(({ id }) => id === selected);
    const next = place < 0 ? (step > 0 ? 0 : all.length - 1) : (place + step + all.length) % all.length;
    select(all[next].id);
  },
  newBox: ready(() => {
    const [width, height] = now().size;
    const [x, y] = stage.middle();
    const half = Math.max(8, Math.round(Math.min(width, height) / 10));
    draw(boxBetween([x - half, y - half], [x + half, y + half], [width, height]));
  }),
  move: ready((state, dx, dy) => reshape(selected, moved(entry(selected).xyxy, dx, dy, now().size))),
  resize: ready((state, dx, dy) => reshape(selected, resized(entry(selected).xyxy, "se", dx, dy, now().size))),
  deselect: () => select(null),
  pan: (dx, dy) => stage.pan(dx, dy),
  fit: () => stage.fit(),
  zoomIn: () => stage.zoom(1.25),
  zoomOut: () => stage.zoom(0.8),
  help: () => find("help-dialog").showModal(),
  toggleCoach: () => showPanel(find("panel-coach").hidden ? "coach" : "picture"),
  holdSpace() {
    stage.spaceIsDown = true;
  },
  async takePicture() {
    if (takesPicture) return;
    if (camera.code) {
      toast(say(camera.code, camera.values));
      return;
    }
    takesPicture = true;
    renderCamera();
    try {
      const { key } = await ask("/api/camera", { method: "POST", body: {} });
      await poll();
      toast(say("new_picture", { name: nameOf(key) }));
      filter = "all";
      renderListing();
      await show(key);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      toast(say("camera_failed", { reason: error.message }));
    }
    takesPicture = false;
    renderCamera();
  },
};

// ---- the server's side

function afterSave(key, { version, row }) {
  const picture = open.get(key);
  if (picture) Object.assign(picture, { version, stamp: row[5], fault: "" });
  if (!saving.waiting.has(key)) rows.set(key, row);
  renderListing();
  if (key === current) render();
}

function showSaving(state, count, reason = "") {
  const sign = find("saving");
  sign.textContent = say(state, { count, reason });
  sign.title = sign.textContent;
  sign.className = `saving ${{ saving: "wait", unreachable: "lost", save_failed: "lost" }[state] || ""}`;
}

async function resolveConflict(key, save, theirs) {
  const keepsMine = await askWhichToKeep(key, save.boxes?.length ?? 0, theirs.boxes.length);
  history.forget(key);
  const mine = open.get(key)?.state
    || { boxes: edits.withIds(save.boxes || []), proposals: [], rejected: save.rejected, saved: save.boxes !== null };
  receive(key, theirs);
  if (keepsMine) {
    open.get(key).state = mine;
    saving.put(key, edits.toSave(mine, theirs.version));
  }
  if (key === current) show(key);
  else renderListing();
}

function refuse(key, error) {
  toast(say("save_failed", { reason: error.message }));
  history.forget(key);
  open.delete(key);
  if (key === current) show(key);
}

async function askForChanges() {
  for (;;) {
    const finished = saving.finished;
    let answer = await ask(`/api/changes?since=${revision}`);
    if (answer.run !== run) answer = await ask("/api/changes?since=0"); // the server was started anew
    // an answer that a save overtook may show that picture as it was before
    if (saving.finished === finished) return answer;
  }
}

async function poll() {
  const answer = await askForChanges();
  if (!isOurs(answer.project_id)) {
    toast(say("other_project"));
    return;
  }
  const mine = new Map([...saving.waiting.keys()].map((key) => [key, rows.get(key)]));
  take(answer);
  for (const [key, row] of mine) if (row) rows.set(key, row);
  for (const row of answer.rows) noticeChange(row);
  for (const key of answer.gone) forgetGone(key);
  if (progress.advice !== adviceNumber) {
    ({ number: adviceNumber, advice } = await ask("/api/coach"));
    showAdvice(advice, show);
  }
  renderCamera();
  renderListing();
  if (!current && order.length) await show(order[0]);
}

function noticeChange(row) {
  const [key, , , , , stamp] = row;
  const picture = open.get(key);
  if (!picture || picture.stamp === stamp || saving.has(key) || isAsking()) {
    // a model that looked only now brings proposals to a picture nobody touched
    if (picture && !picture.state?.saved && !saving.has(key) && row[3] !== picture.state?.proposals.length && key !== current) open.delete(key);
    return;
  }
  open.delete(key);
  history.forget(key);
  if (key === current) {
    show(key);
    toast(say("reloaded"));
  }
}

function forgetGone(key) {
  open.delete(key);
  history.forget(key);
  saving.drop(key);
  if (key !== current) return;
  toast(say("gone", { name: nameOf(key) }));
  current = null;
  stage.clear();
  render();
}

async function pollForEver() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (document.hidden && !saving.waiting.size) continue;
    try {
      await poll();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      if (error.status === 0) showSaving("unreachable", saving.waiting.size);
      else toast(error.message);
      continue;
    }
    if (!saving.waiting.size) showSaving("saved", 0);
  }
}

// ---- start

function showPanel(name) {
  for (const each of ["picture", "coach", "place"]) {
    find(`panel-${each}`).hidden = each !== name;
    find(`tab-${each}`).setAttribute("aria-selected", each === name);
  }
  placePanel.open(name === "place");
}

function wire() {
  const clicks = {
    camera: acts.takePicture, help: acts.help, accept: acts.acceptAndGo, negative: acts.negative,
    copy: acts.copy, undo: acts.undo, redo: acts.redo, "zoom-in": acts.zoomIn, "zoom-out": acts.zoomOut,
    "zoom-fit": acts.fit, "tab-picture": () => showPanel("picture"), "tab-coach": () => showPanel("coach"),
    "tab-place": () => showPanel("place"),
    language: () => {
      localStorage.setItem("tod-language", otherLanguage());
      setLanguage(otherLanguage());
      renderAll();
    },
  };
  for (const [id, act] of Object.entries(clicks)) find(id).addEventListener("click", () => act());
  find("difficult").addEventListener("change", ({ target }) => {
    update(edits.change(now().state, selected, { difficult: target.checked }));
  });
  // after a click the keyboard belongs to the picture again, or Enter would press the button once more
  document.addEventListener("click", (event) => {
    if (event.detail && event.target.closest("button, li, .cell") && !document.querySelector("dialog[open]")) {
      find("stage").focus({ preventScroll: true });
    }
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === " ") stage.spaceIsDown = false;
  });
  globalThis.addEventListener("beforeunload", (event) => {
    if (saving.waiting.size && find("saving").classList.contains("lost")) event.preventDefault();
  });
  listen(acts, () => selected !== null);
}

async function start() {
  await loadWords();
  stage = new Stage({ draw, select, reshape, nextName: () => nextClass, pick: (point) => placePanel.pick(point) }, colourOf);
  placePanel = new PlacePanel(stage);
  strip = new Strip(show);
  saving = new Saving({ saved: afterSave, conflict: resolveConflict, refused: refuse, state: showSaving });
  showPanel("picture");
  wire();
  await saving.settled();
  const answer = await ask("/api/project");
  projectName = answer.name;
  classes = new Classes(answer.classes);
  nextClass = answer.classes[0] || "";
  take(answer);
  renderAll();
  showSaving("saved", 0);
  const wanted = decodeURIComponent(globalThis.location.hash.slice(1));
  if (order.length) await show(rows.has(wanted) ? wanted : order[0]);
  find("stage").focus({ preventScroll: true });
  document.body.dataset.ready = "yes";
  pollForEver();
}

start();
