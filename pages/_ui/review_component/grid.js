// Many photos of which the model says the same: similar ones together, odd ones first, since the mistakes are among them.
const TILES = 500
const GROUPS = 12

function drawTiles(state) {
  const { $ } = state, groups = new Map()
  for (const entry of state.queue) {
    for (const item of entry.members) {
      if (item.blind || isHandled(state, item)) continue
      groups.set(item.shown, [...(groups.get(item.shown) ?? []), { item, entry }])
    }
  }
  const ranked = [...groups].sort((one, other) => other[1].length - one[1].length)
  if (!groups.has(state.group)) { state.group = ranked[0]?.[0]; state.chosen.clear(); state.cursor = 0; state.anchor = null }
  state.tiles = (groups.get(state.group) ?? []).sort(oddFirst).slice(0, TILES)
  state.cursor = between(0, state.cursor, Math.max(0, state.tiles.length - 1))
  $(".groups").replaceChildren(...ranked.slice(0, GROUPS).map(([shown, all]) => make("button", {
    type: "button", data: { group: shown ?? "" }, "aria-pressed": String(shown === state.group),
  }, `${all[0].item.sentence} ${all.length}`)))
  $(".what").textContent = state.group && state.tiles.length ? state.tiles[0].item.sentence : ""
  $(".grid .main").hidden = !state.group
  const have = new Map([...$(".tiles").children].map((li) => [li.dataset.sha256, li]))
  $(".tiles").replaceChildren(...state.tiles.map(({ item }) => have.get(item.sha256) ?? tile(item)))
  drawChosen(state)
}

const oddFirst = ({ item: one }, { item: other }) => (one.near ?? 0) - (other.near ?? 0) || (one.sure ?? 0) - (other.sure ?? 0)

function tile(item) {
  const img = make("img", { loading: "lazy", src: item.thumb, alt: `Photo ${item.name}`, draggable: false })
  const button = make("button", { type: "button", tabIndex: -1, data: { tile: item.sha256 } }, img,
    make("span", { class: "p" }, item.choices?.[0]?.p ?? ""))
  const closer = make("button", {
    type: "button", class: "closer", tabIndex: -1, title: "Look closer", "aria-label": `Look closer at ${item.name}`, data: { closer: item.sha256 },
  }, "⤢")
  return make("li", { class: item.person ? "person" : null, data: { sha256: item.sha256 } }, button, closer)
}

function drawChosen(state) {
  for (const [index, li] of [...state.$(".tiles").children].entries()) {
    li.firstChild.setAttribute("aria-pressed", String(state.chosen.has(li.dataset.sha256)))
    li.classList.toggle("cursor", index === state.cursor)
    li.firstChild.tabIndex = index === state.cursor ? 0 : -1
  }
  state.$(".count").textContent = `${state.chosen.size} of ${state.tiles.length} selected`
}

function choose(state, sha256, upTo) {
  const order = state.tiles.map(({ item }) => item.sha256)
  state.cursor = order.indexOf(sha256)
  if (upTo && state.anchor) {
    const [from, to] = [order.indexOf(state.anchor), state.cursor].sort((a, b) => a - b)
    for (const one of order.slice(Math.max(0, from), to + 1)) state.chosen.add(one)
  } else if (state.chosen.has(sha256)) state.chosen.delete(sha256)
  else state.chosen.add(sha256)
  state.anchor = sha256
  drawChosen(state)
}

function chooseAll(state, on) {
  for (const { item } of state.tiles) on ? state.chosen.add(item.sha256) : state.chosen.delete(item.sha256)
  drawChosen(state)
}

// The arrows move from tile to tile, with Shift they select on the way.
function moveCursor(state, dx, dy, select) {
  const tiles = [...state.$(".tiles").children]
  if (!tiles.length) return
  const columns = Math.max(1, tiles.findIndex((li) => li.offsetTop > tiles[0].offsetTop))
  const wide = tiles.some((li) => li.offsetTop > tiles[0].offsetTop) ? columns : tiles.length
  if (select) state.chosen.add(tiles[state.cursor].dataset.sha256)
  state.cursor = between(0, state.cursor + dx + dy * wide, tiles.length - 1)
  if (select) state.chosen.add(tiles[state.cursor].dataset.sha256)
  state.anchor = tiles[state.cursor].dataset.sha256
  drawChosen(state)
  tiles[state.cursor].scrollIntoView({ block: "nearest" })
  tiles[state.cursor].firstChild.focus({ preventScroll: true })
}

function toggleTile(state) {
  const at = state.tiles[state.cursor]
  if (at) choose(state, at.item.sha256, false)
}

function acceptMany(state) {
  if (state.group) labelMany(state, state.group === "blank" ? null : state.group)
}

function toggleGrid(state) {
  state.mode = state.mode === "grid" ? "focus" : "grid"
  const finder = state.$(".finder")
  if (state.mode === "grid") state.$(".grid .tiles").before(finder)
  else state.$(".choices").before(finder)
  lassoing(state, false)
  state.displayedAt = now()
  show(state)
  if (state.mode !== "grid" && state.current) { resetView(state); placeBoxes(state) }
}
