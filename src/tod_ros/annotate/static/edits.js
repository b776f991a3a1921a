// What a person does to one picture, as functions from its state to the next one.
// A state: {boxes, proposals, rejected, saved}; saved says whether it has an annotation at all.

let lastId = 0;

export const withIds = (entries) => entries.map((entry) => ({ ...entry, id: (lastId += 1) }));

export function fromServer(answer) {
  return {
    boxes: withIds(answer.boxes),
    proposals: withIds(answer.proposals),
    rejected: answer.rejected,
    saved: answer.saved,
  };
}

export function toSave(state, seen) {
  const bare = ({ name, xyxy, difficult, truncated }) => ({ name, xyxy, difficult, truncated });
  return {
    seen,
    boxes: state.saved ? state.boxes.map(bare) : null,
    rejected: state.rejected,
    open: state.saved && state.proposals.length > 0,
  };
}

export function addBox(state, name, xyxy) {
  const [box] = withIds([{ name, xyxy, difficult: false, truncated: false }]);
  return { ...state, boxes: [...state.boxes, box], saved: true };
}

export function copyBoxes(state, boxes) {
  return { ...state, boxes: withIds(boxes), saved: true };
}

// A proposal becomes a box of the person's own as soon as it is accepted or changed.
export function accept(state, ids) {
  const taken = state.proposals.filter(({ id }) => ids.includes(id));
  const boxes = taken.map(({ id, name, xyxy }) => ({ id, name, xyxy, difficult: false, truncated: false }));
  return {
    ...state,
    boxes: [...state.boxes, ...boxes].sort((a, b) => a.xyxy[0] + a.xyxy[2] - b.xyxy[0] - b.xyxy[2]),
    proposals: state.proposals.filter(({ id }) => !ids.includes(id)),
    saved: true,
  };
}

export function change(state, id, values) {
  const accepted = state.proposals.some((entry) => entry.id === id) ? accept(state, [id]) : state;
  // whether it touches the border is seen anew when it is written
  const anew = values.xyxy ? { truncated: false } : {};
  const boxes = accepted.boxes.map((box) => (box.id === id ? { ...box, ...anew, ...values } : box));
  return { ...accepted, boxes, saved: true };
}

export function remove(state, id) {
  const proposal = state.proposals.find((entry) => entry.id === id);
  if (proposal) {
    return {
      ...state,
      proposals: state.proposals.filter((entry) => entry !== proposal),
      rejected: [...state.rejected, { name: proposal.name, xyxy: proposal.xyxy }],
    };
  }
  const boxes = state.boxes.filter((box) => box.id !== id);
  // a picture without boxes is a negative only when a person says so
  return { ...state, boxes, saved: boxes.length > 0 };
}

export function negative(state) {
  const refused = state.proposals.map(({ name, xyxy }) => ({ name, xyxy }));
  return { boxes: [], proposals: [], rejected: [...state.rejected, ...refused], saved: true };
}
