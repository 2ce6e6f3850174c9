// Looking closely: wheel, pinch, double click or tap and drag; the photo never moves by itself.
const CLOSEST = 8
const CLOSE = 2.5
const TAP_MS = 300
const TAP_PX = 24
const REST_MS = 400

function resetView(state) {
  state.view = { scale: 1, x: 0, y: 0 }
  state.fingers.clear()
  drawView(state)
}

function drawView(state) {
  const { scale, x, y } = state.view, sheet = state.$(".sheet")
  sheet.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`
  sheet.style.setProperty("--scale", scale)
  state.$(".viewer").classList.toggle("zoomed", scale > 1)
  state.$("[data-do=zoom]").setAttribute("aria-pressed", String(scale > 1))
}

// Scales around a point of the window, and keeps the photo within its frame.
function zoomTo(state, scale, at) {
  const frame = state.$(".viewer").getBoundingClientRect(), view = state.view
  const px = (at?.x ?? frame.x + frame.width / 2) - frame.x, py = (at?.y ?? frame.y + frame.height / 2) - frame.y
  const next = between(1, scale, CLOSEST), ratio = next / view.scale
  moveTo(state, { scale: next, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio })
}

function moveTo(state, { scale, x, y }) {
  const { clientWidth: width, clientHeight: height } = state.$(".viewer")
  state.view = { scale, x: between(width * (1 - scale), x, 0), y: between(height * (1 - scale), y, 0) }
  drawView(state)
}

const toggleZoom = (state, at) => zoomTo(state, state.view.scale > 1 ? 1 : CLOSE, at)

function panBy(state, dx, dy) {
  const { width, height } = state.$(".viewer").getBoundingClientRect()
  moveTo(state, { ...state.view, x: state.view.x - dx * width / 5, y: state.view.y - dy * height / 5 })
}

function listenToViewer(state) {
  const viewer = state.$(".viewer")
  viewer.addEventListener("wheel", (event) => {
    const whole = event.deltaY > 0 && state.view.scale === 1
    if (whole && Date.now() - state.wheeledAt > REST_MS) return // the page scrolls on, but not in the same turn
    event.preventDefault()
    state.wheeledAt = Date.now()
    zoomTo(state, state.view.scale * Math.exp(-between(-120, event.deltaY, 120) / 300), event)
  }, { passive: false })
  viewer.addEventListener("pointerdown", (event) => down(state, event))
  viewer.addEventListener("pointermove", (event) => move(state, event))
  for (const kind of ["pointerup", "pointercancel"]) viewer.addEventListener(kind, (event) => up(state, event))
  new ResizeObserver(() => { placeBoxes(state); if (state.view.scale > 1) moveTo(state, state.view) }).observe(viewer)
  state.$(".photo").addEventListener("load", () => placeBoxes(state))
}

function down(state, event) {
  if (event.button !== 0 || !state.current || event.target.closest("button.tool, .boxdelete")) return
  stop(state)
  state.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  if (state.fingers.size > 1) { state.gesture = { kind: "pinch", ...span(state) }; dropDraft(state); return }
  state.$(".viewer").setPointerCapture(event.pointerId)
  state.gesture = startBox(state, event) ?? { kind: "pan", x: event.clientX, y: event.clientY, moved: 0 }
}

function move(state, event) {
  const before = state.fingers.get(event.pointerId)
  if (!before || !state.gesture) return
  state.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
  const { kind } = state.gesture
  if (kind === "pinch") {
    const next = span(state)
    zoomTo(state, state.view.scale * next.distance / state.gesture.distance, next.centre)
    moveTo(state, { ...state.view, x: state.view.x + next.centre.x - state.gesture.centre.x, y: state.view.y + next.centre.y - state.gesture.centre.y })
    state.gesture = { kind, ...next }
  } else if (kind === "pan") {
    state.gesture.moved += Math.abs(event.clientX - before.x) + Math.abs(event.clientY - before.y)
    if (state.view.scale > 1) moveTo(state, { ...state.view, x: state.view.x + event.clientX - before.x, y: state.view.y + event.clientY - before.y })
  } else dragBox(state, event)
}

function up(state, event) {
  if (!state.fingers.delete(event.pointerId) || !state.gesture) return
  const gesture = state.gesture
  if (gesture.kind === "pinch" && state.fingers.size) {
    const [rest] = state.fingers.values()
    state.gesture = { kind: "pan", x: rest.x, y: rest.y, moved: TAP_PX }
    return
  }
  state.gesture = null
  if (gesture.kind === "pan") {
    if (gesture.moved < TAP_PX && event.type === "pointerup") tapped(state, event)
  } else if (event.type === "pointercancel") dropDraft(state)
  else if (gesture.kind !== "pinch") endBox(state, gesture)
}

function tapped(state, event) {
  const last = state.tap, tap = { at: Date.now(), x: event.clientX, y: event.clientY }
  const twice = last && tap.at - last.at < TAP_MS && Math.hypot(tap.x - last.x, tap.y - last.y) < TAP_PX
  state.tap = twice ? null : tap
  if (twice) toggleZoom(state, { x: event.clientX, y: event.clientY })
}

function span(state) {
  const [one, other] = [...state.fingers.values()]
  return {
    distance: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)),
    centre: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
  }
}
