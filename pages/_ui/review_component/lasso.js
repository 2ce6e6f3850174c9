// Selecting by drawing: from empty space a rectangle, with Alt or the lasso button any shape. What it touches (the
// rectangle) or whose middle it holds (the shape) is selected; with Shift it is added to what is selected.
const SLACK = 6 // px, below which a drag is a click

function lassoing(state, on = !state.lassoOn) {
  state.lassoOn = on
  state.$(".tiles").classList.toggle("lassoing", on)
  state.$("[data-do=lasso]").setAttribute("aria-pressed", String(on))
}

function listenToLasso(state) {
  const tiles = state.$(".tiles")
  tiles.addEventListener("pointerdown", (event) => {
    const free = event.altKey || state.lassoOn
    if (event.button !== 0 || !free && event.target.closest("button")) return
    event.preventDefault()
    tiles.setPointerCapture(event.pointerId)
    state.lasso = { free, path: [onTiles(state, event)], before: event.shiftKey ? new Set(state.chosen) : new Set(), far: false }
  })
  tiles.addEventListener("pointermove", (event) => {
    const { lasso } = state
    if (!lasso) return
    lasso.path.push(onTiles(state, event))
    const [first] = lasso.path, last = lasso.path.at(-1)
    lasso.far ||= Math.hypot(last.x - first.x, last.y - first.y) > SLACK
    if (lasso.far) { drawLasso(state, lasso); selectWithin(state, lasso) }
  })
  for (const kind of ["pointerup", "pointercancel"]) {
    tiles.addEventListener(kind, () => {
      if (!state.lasso) return
      state.lassoed = state.lasso.far // the click that follows belongs to the drag
      setTimeout(() => { state.lassoed = false })
      state.lasso = null
      state.$(".lasso").replaceChildren()
    })
  }
}

function onTiles(state, event) {
  const frame = state.$(".tiles").getBoundingClientRect()
  return { x: event.clientX - frame.x, y: event.clientY - frame.y }
}

function shapeOf({ free, path }) {
  if (free) return path
  const [one] = path, other = path.at(-1)
  return [one, { x: other.x, y: one.y }, other, { x: one.x, y: other.y }]
}

function drawLasso(state, lasso) {
  const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon")
  polygon.setAttribute("points", shapeOf(lasso).map(({ x, y }) => `${x.toFixed(0)},${y.toFixed(0)}`).join(" "))
  state.$(".lasso").replaceChildren(polygon)
}

function selectWithin(state, lasso) {
  const shape = shapeOf(lasso), xs = shape.map(({ x }) => x), ys = shape.map(({ y }) => y)
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  state.chosen = new Set(lasso.before)
  for (const li of state.$(".tiles").children) {
    if (!li.dataset.sha256) continue
    const { offsetLeft: x, offsetTop: y, offsetWidth: w, offsetHeight: h } = li
    const inside = lasso.free ? holds(shape, x + w / 2, y + h / 2) : x < right && x + w > left && y < bottom && y + h > top
    if (inside) state.chosen.add(li.dataset.sha256)
  }
  drawChosen(state)
}

// Even-odd rule: a ray from the point crosses the outline an odd number of times.
function holds(shape, x, y) {
  return shape.reduce((inside, one, index) => {
    const other = shape.at(index - 1)
    const crosses = one.y > y !== other.y > y && x < (other.x - one.x) * (y - one.y) / (other.y - one.y) + one.x
    return crosses ? !inside : inside
  }, false)
}
