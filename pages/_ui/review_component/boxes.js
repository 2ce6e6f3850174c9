// Where the animals are: rectangles in shares of the photo's width and height (left upper corner and size, as in
// Camtrap DP). Each gesture is one act with all boxes of the photo.
const SMALLEST = 0.01
const STEP = 0.01
const CORNERS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"]

// The boxes that stand: the newest act of this visit, else what was stored.
function boxesOf(state, item) {
  const drawn = said(state, item.sha256).filter((record) => record.act?.boxes).at(-1)
  return drawn ? drawn.act.boxes : item.boxes ?? []
}

function drawing(state, on = !state.drawing) {
  state.drawing = on
  state.chosenBox = null
  state.$(".viewer").classList.toggle("drawing", on)
  state.$("[data-do=draw]").setAttribute("aria-pressed", String(on))
  drawBoxes(state)
}

// The layer lies exactly on the photo, whatever its shape, so that shares of it are shares of the photo.
function placeBoxes(state) {
  const photo = state.$(".photo"), layer = state.$(".boxes")
  if (!photo.naturalWidth) return
  const { clientWidth: width, clientHeight: height } = photo
  const scale = Math.min(width / photo.naturalWidth, height / photo.naturalHeight)
  const w = photo.naturalWidth * scale, h = photo.naturalHeight * scale
  Object.assign(layer.style, { left: `${(width - w) / 2}px`, top: `${(height - h) / 2}px`, width: `${w}px`, height: `${h}px` })
}

function drawBoxes(state, boxes = state.current ? boxesOf(state, state.current) : []) {
  state.$(".boxes").replaceChildren(...boxes.map((box, index) => {
    const element = make("div", {
      class: index === state.chosenBox ? "box chosen" : "box", data: { box: index }, tabIndex: 0, role: "button",
      "aria-label": `Box ${index + 1} of ${boxes.length}`,
    })
    for (const [side, value] of [["left", box.x], ["top", box.y], ["width", box.w], ["height", box.h]]) element.style[side] = `${100 * value}%`
    if (index === state.chosenBox) element.append(...CORNERS.map((corner) => make("span", { class: `handle ${corner}`, data: { corner } })))
    return element
  }))
  state.$("[data-do=unbox]").hidden = state.chosenBox === null
}

function chooseBox(state, index) {
  state.chosenBox = index
  drawBoxes(state)
  state.$(`.box[data-box="${index}"]`).focus({ preventScroll: true })
}

function startBox(state, event) {
  const at = shareAt(state, event), boxes = boxesOf(state, state.current)
  const corner = event.target.dataset.corner, element = event.target.closest(".box")
  if (element) {
    const index = Number(element.dataset.box)
    if (state.chosenBox !== index) chooseBox(state, index)
    return { kind: corner ? "resize" : "move", corner, at, boxes, index, draft: null }
  }
  if (state.drawing) {
    state.chosenBox = null
    return { kind: "draw", at, boxes, index: boxes.length, draft: null }
  }
  if (state.chosenBox !== null) { state.chosenBox = null; drawBoxes(state) }
  return null
}

function dragBox(state, event) {
  const gesture = state.gesture, at = shareAt(state, event), { kind, corner, index } = gesture
  const box = gesture.boxes[index]
  let draft
  if (kind === "draw") draft = spanned(gesture.at.x, gesture.at.y, at.x, at.y)
  else if (kind === "move") {
    draft = { ...box, x: between(0, box.x + at.x - gesture.at.x, 1 - box.w), y: between(0, box.y + at.y - gesture.at.y, 1 - box.h) }
  } else {
    const left = corner.includes("w") ? at.x : box.x, right = corner.includes("e") ? at.x : box.x + box.w
    const top = corner.includes("n") ? at.y : box.y, bottom = corner.includes("s") ? at.y : box.y + box.h
    draft = spanned(left, top, right, bottom)
  }
  gesture.draft = rounded(draft)
  drawBoxes(state, gesture.boxes.toSpliced(index, 1, gesture.draft))
}

function endBox(state, { boxes, index, draft }) {
  if (draft && draft.w >= SMALLEST && draft.h >= SMALLEST) {
    state.chosenBox = index
    mark(state, "boxes", { boxes: boxes.toSpliced(index, 1, draft) })
  } else drawBoxes(state)
}

function dropDraft(state) {
  state.chosenBox = null
  drawBoxes(state)
}

function deleteBox(state) {
  if (state.chosenBox === null) return
  const left = boxesOf(state, state.current).toSpliced(state.chosenBox, 1)
  state.chosenBox = null
  mark(state, "boxes", { boxes: left })
}

// The arrows move the chosen box, with Shift they change its size.
function nudgeBox(state, dx, dy, resize) {
  const boxes = boxesOf(state, state.current), box = boxes[state.chosenBox]
  const next = resize
    ? { ...box, w: between(SMALLEST, box.w + dx * STEP, 1 - box.x), h: between(SMALLEST, box.h + dy * STEP, 1 - box.y) }
    : { ...box, x: between(0, box.x + dx * STEP, 1 - box.w), y: between(0, box.y + dy * STEP, 1 - box.h) }
  mark(state, "boxes", { boxes: boxes.toSpliced(state.chosenBox, 1, rounded(next)) })
}

function shareAt(state, event) {
  const layer = state.$(".boxes").getBoundingClientRect()
  return { x: between(0, (event.clientX - layer.x) / layer.width, 1), y: between(0, (event.clientY - layer.y) / layer.height, 1) }
}

const spanned = (x, y, right, bottom) => ({ x: Math.min(x, right), y: Math.min(y, bottom), w: Math.abs(right - x), h: Math.abs(bottom - y) })

function rounded({ x, y, w, h }) {
  const short = (value) => Math.round(value * 1e5) / 1e5
  const left = short(x), top = short(y)
  return { x: left, y: top, w: short(Math.min(w, 1 - left)), h: short(Math.min(h, 1 - top)) }
}
