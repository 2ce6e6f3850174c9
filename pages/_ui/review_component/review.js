// The review surface. Keys are handled here, the next photos are loaded ahead, and every act carries its own id and
// the photo that was on screen. Acts that are not acknowledged are sent again, and wait in localStorage meanwhile.
const RESEND_MS = 1500
const AHEAD = 8
const LOW = 150 // items left, from which on more are asked for
const KEYS = {
  Enter: "accept", 1: "pick", 2: "pick", 3: "pick", 4: "pick", 5: "pick", g: "genus", G: "other_genus", b: "blank",
  v: "grid", e: "all", n: "none", a: "repeat", ArrowRight: "skip", Backspace: "undo", u: "undo", y: "redo", "/": "find", "?": "help",
}
const MEANING = {
  Enter: "accept what is shown", "1 – 5": "one of the five likeliest", G: "the genus, cannot go finer",
  "⇧ G": "this genus, but not the suggested species", B: "no animal", A: "the same as for the photo before", "→": "look at it later",
  "⌫ or U": "undo", Y: "redo", "/": "find any taxon",
  V: "many photos at once, or one", "E and N": "in the grid: select all, none; ⇧ click selects up to a photo", "?": "these keys",
}
const TILES = 500
const GRID = {
  all: (state) => { for (const one of state.members) state.chosen.add(one.sha256); mark(state) },
  none: (state) => { state.chosen.clear(); mark(state) },
  accept: (state) => state.group === "blank" ? labelMany(state, null) : state.group && labelMany(state, state.group),
  blank: (state) => labelMany(state, null),
  genus: (state) => labelMany(state, ownGenus, "cannot_go_finer"),
  pick: () => {}, skip: () => {}, repeat: (state) => state.last && labelMany(state, state.last.taxon, state.last.reason),
  other_genus: (state) => labelMany(state, ownGenus, "not_the_suggested"),
  find: () => {},
}
const ownGenus = (item) => item.genus // photos of one group may be of several genera
const states = new WeakMap()

export default function (component) {
  const { parentElement, data } = component
  let state = states.get(parentElement)
  if (!state) {
    state = create(parentElement)
    states.set(parentElement, state)
  }
  state.send = (acts) => component.setStateValue("pending", { acts, at: Date.now(), session: state.session })
  state.more = () => component.setTriggerValue("more", { have: state.items.length, at: Date.now() })
  receive(state, data)
  return () => state.leave()
}

function create(root) {
  const $ = (selector) => root.querySelector(selector)
  const state = {
    $, items: [], known: new Set(), done: [], undone: [], pending: [], last: null, displayedAt: null, taxa: [],
    mode: "focus", chosen: new Set(), group: null, anchor: null, session: uuid(), storage: "fieldmark-review", lastSent: 0, current: null, loaded: new Map(),
  }
  const onKey = (event) => key(state, event)
  const onLeave = (event) => { if (state.pending.length) { event.preventDefault(); event.returnValue = "" } }
  document.addEventListener("keydown", onKey, true)
  window.addEventListener("beforeunload", onLeave)
  $(".review").addEventListener("click", (event) => click(state, event))
  $("input").addEventListener("input", () => find(state))
  const timer = setInterval(() => {
    if (state.pending.length && Date.now() - state.lastSent > RESEND_MS) flush(state)
  }, 300)
  $("dl").append(...Object.entries(MEANING).flatMap(([k, text]) => {
    const dt = document.createElement("dt"), kbd = document.createElement("kbd"), dd = document.createElement("dd")
    kbd.textContent = k; dt.append(kbd); dd.textContent = text
    return [dt, dd]
  }))
  state.leave = () => {
    document.removeEventListener("keydown", onKey, true)
    window.removeEventListener("beforeunload", onLeave)
    clearInterval(timer)
  }
  return state
}

function receive(state, data) {
  if (!data) return
  if (state.annotator !== data.annotator) {
    state.annotator = data.annotator
    state.storage = `fieldmark-review-${data.annotator}`
    for (const act of read(state.storage)) if (!state.pending.some((one) => one.id === act.id)) state.pending.push(act)
    state.done = data.done.slice()
    if (state.pending.length) flush(state)
  }
  const settled = new Set(data.settled)
  if (settled.size) {
    state.pending = state.pending.filter((act) => !settled.has(act.id))
    keep(state)
  }
  const acted = new Set(state.pending.filter((act) => act.kind !== "undo").map((act) => act.sha256))
  const labelled = new Set(state.done.map((act) => act.sha256))
  for (const item of data.items) {
    if (!state.known.has(item.sha256) && !acted.has(item.sha256) && !labelled.has(item.sha256)) {
      state.items.push(item)
    }
    state.known.add(item.sha256)
  }
  state.total = data.total
  state.labelled = data.labelled
  if (data.taxa && state.taxaAt !== data.taxa) {
    state.taxaAt = data.taxa
    fetch(data.taxa).then((answer) => answer.json()).then((taxa) => { state.taxa = taxa })
  }
  if (!state.current) show(state)
  status(state)
}

function show(state) {
  const { $ } = state
  const item = state.items[0] || null
  state.current = item
  const grid = state.mode === "grid" && item
  $(".grid").hidden = !grid
  $("[data-do=grid]").setAttribute("aria-pressed", String(state.mode === "grid"))
  $(".stage").hidden = !item || Boolean(grid)
  $(".empty").hidden = Boolean(item)
  if (!item) {
    const left = state.total - state.labelled - state.pending.length
    $(".empty").textContent = !state.total ? "There are no photos yet: identify some first."
      : left > 0 ? "More photos are on their way …" : "Nothing is left to look at. Well done."
    if (left > 0 && Date.now() - (state.askedAt ?? 0) > 3000) { // not in a circle with a server that has none
      state.askedAt = Date.now()
      state.more()
    }
    return
  }
  ask(state, item)
  if (grid) { tiles(state); return }
  const photo = $(".photo")
  photo.src = item.full
  photo.alt = `Photo ${item.name}`
  photo.dataset.sha256 = item.sha256
  $(".why").textContent = item.why
  $(".shown").textContent = item.sentence
  $(".choices").replaceChildren(...item.choices.map((choice, index) => row(choice, index + 1, choice.id === item.shown)))
  $(".hits").replaceChildren()
  $("input").value = ""
  state.displayedAt = now()
  for (const next of state.items.slice(1, 1 + AHEAD)) {
    if (!state.loaded.has(next.sha256)) {
      const image = new Image()
      image.src = next.full
      state.loaded.set(next.sha256, image)
      if (state.loaded.size > 4 * AHEAD) state.loaded.delete(state.loaded.keys().next().value)
    }
  }
}

function ask(state, item) {
  if (state.items.length < LOW && state.asked !== item.sha256) {
    state.asked = item.sha256
    state.more()
  }
}

// The grid: photos of which the model says the same, the least sure first, since the odd ones are among them.
function tiles(state) {
  const { $ } = state
  const groups = new Map()
  for (const item of state.items) groups.set(item.shown, [...(groups.get(item.shown) ?? []), item])
  const ranked = [...groups].sort((one, other) => other[1].length - one[1].length)
  if (!groups.has(state.group)) { state.group = ranked[0][0]; state.chosen.clear() }
  const members = groups.get(state.group).sort((one, other) => one.sure - other.sure).slice(0, TILES)
  state.members = members
  $(".groups").replaceChildren(...ranked.slice(0, 12).map(([shown, items]) => {
    const button = document.createElement("button")
    button.type = "button"
    button.dataset.group = shown ?? ""
    button.setAttribute("aria-pressed", String(shown === state.group))
    button.textContent = `${items[0].sentence} ${items.length}`
    return button
  }))
  $(".what").textContent = state.group ? members[0].sentence : ""
  $(".main").hidden = !state.group
  const have = new Map([...$(".tiles").children].map((li) => [li.dataset.sha256, li]))
  $(".tiles").replaceChildren(...members.map((item) => have.get(item.sha256) ?? tile(item)))
  mark(state)
}

function tile(item) {
  const li = document.createElement("li"), button = document.createElement("button"), img = document.createElement("img"), p = document.createElement("span")
  li.dataset.sha256 = item.sha256
  button.type = "button"
  button.dataset.tile = item.sha256
  img.loading = "lazy"
  img.src = item.thumb
  img.alt = `Photo ${item.name}`
  p.className = "p"
  p.textContent = item.choices[0]?.p ?? ""
  button.append(img, p)
  li.append(button)
  return li
}

function mark(state) {
  for (const li of state.$(".tiles").children) {
    li.firstChild.setAttribute("aria-pressed", String(state.chosen.has(li.dataset.sha256)))
  }
  state.$(".count").textContent = `${state.chosen.size} of ${state.members.length} selected`
}

function choose(state, sha256, upTo) {
  const order = state.members.map((item) => item.sha256)
  if (upTo && state.anchor) {
    const [from, to] = [order.indexOf(state.anchor), order.indexOf(sha256)].sort((a, b) => a - b)
    for (const one of order.slice(Math.max(0, from), to + 1)) state.chosen.add(one)
  } else if (state.chosen.has(sha256)) state.chosen.delete(sha256)
  else state.chosen.add(sha256)
  state.anchor = sha256
  mark(state)
}

// One act for many photos: each has its own row in the ledger, and one undo takes all of them back.
function labelMany(state, taxon, reason = "none") {
  const meant = (item) => typeof taxon === "function" ? taxon(item) : taxon
  const items = state.members.filter((item) => state.chosen.has(item.sha256) && (taxon === null || meant(item)))
  if (!items.length) return
  const at = now(), gone = new Set(items.map((item) => item.sha256)), batch = uuid()
  for (const item of items) {
    const made = made_of(item, meant(item), reason, state.displayedAt, at)
    state.pending.push(made)
    state.done.push({ id: made.id, sha256: item.sha256, item, batch })
  }
  state.undone = []
  state.items = state.items.filter((item) => !gone.has(item.sha256))
  state.chosen.clear()
  after(state)
}

function row(choice, number, best) {
  const li = document.createElement("li"), button = document.createElement("button")
  button.type = "button"
  button.dataset.taxon = choice.id
  if (best) button.className = "best"
  const kbd = document.createElement("kbd"), name = document.createElement("span"), latin = document.createElement("small")
  kbd.textContent = number
  name.textContent = choice.name
  latin.textContent = choice.scientific
  button.append(kbd, name, latin)
  if (choice.p) {
    const p = document.createElement("span")
    p.className = "p"
    p.textContent = choice.p
    button.append(p)
  }
  li.append(button)
  return li
}

function key(state, event) {
  if (!state.$(".review").isConnected || event.ctrlKey && !"zy".includes(event.key) || event.metaKey || event.altKey) return
  const inside = event.composedPath()[0]
  if (inside instanceof HTMLInputElement || inside instanceof HTMLTextAreaElement || inside.isContentEditable) {
    if (inside === state.$("input")) typing(state, event)
    return
  }
  let what = KEYS[event.key]
  if (event.ctrlKey) what = { z: "undo", y: "redo" }[event.key]
  if (event.key === "Enter" && inside instanceof HTMLButtonElement) return // the button itself is meant
  if (!what || event.repeat) { if (what) event.preventDefault(); return }
  event.preventDefault()
  event.stopPropagation()
  act(state, what, event.key)
}

function typing(state, event) {
  const hits = [...state.$(".hits").querySelectorAll("button")]
  const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true")
  if (event.key === "Escape") { state.$("input").value = ""; find(state); state.$("input").blur(); state.$(".review").focus() }
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length)
    hits.forEach((hit, index) => hit.setAttribute("aria-selected", String(index === next)))
  } else if (event.key === "Enter" && hits.length) { label(state, hits[Math.max(0, at)].dataset.taxon); state.$(".review").focus() }
  else return
  event.preventDefault()
  event.stopPropagation()
}

function click(state, event) {
  const button = event.target.closest("button")
  if (!button) return
  if (button.dataset.tile) {
    choose(state, button.dataset.tile, event.shiftKey)
    if (event.detail) state.$(".review").focus({ preventScroll: true }) // or Enter would only press this tile again
    return
  }
  if (button.dataset.group !== undefined) { state.group = button.dataset.group || null; state.chosen.clear(); show(state); return }
  if (button.dataset.taxon) label(state, button.dataset.taxon)
  else act(state, button.dataset.do)
  if (button.dataset.do !== "find") state.$(".review").focus({ preventScroll: true })
}

function act(state, what, pressed) {
  const item = state.current
  if (what === "grid") { state.mode = state.mode === "grid" ? "focus" : "grid"; state.displayedAt = now(); show(state); return }
  if (state.mode === "grid" && item && GRID[what]) { GRID[what](state); return }
  if (what === "help") state.$("dialog").showModal()
  else if (what === "close") state.$("dialog").close()
  else if (what === "undo") undo(state)
  else if (what === "redo") redo(state)
  else if (!item) return
  else if (what === "accept") item.shown === "blank" ? label(state, null) : item.shown && label(state, item.shown)
  else if (what === "pick") { const choice = item.choices[Number(pressed) - 1]; if (choice) label(state, choice.id) }
  else if (what === "blank") label(state, null)
  else if (what === "genus" && item.genus) label(state, item.genus, "cannot_go_finer")
  else if (what === "other_genus" && item.genus) label(state, item.genus, "not_the_suggested")
  else if (what === "repeat" && state.last) label(state, state.last.taxon, state.last.reason)
  else if (what === "skip") { state.items.push(state.items.shift()); show(state) }
  else if (what === "find") state.$("input").focus()
}

function label(state, taxon, reason = "none") {
  const item = state.current
  if (!item) return
  const made = made_of(item, taxon, reason, state.displayedAt, now())
  state.last = { taxon, reason }
  state.done.push({ id: made.id, sha256: item.sha256, item })
  state.undone = []
  state.items.shift()
  state.pending.push(made)
  after(state)
}

function made_of(item, taxon, reason, displayed_at, acted_at) {
  const kind = taxon === null ? "not_animal" : taxon === item.shown ? "confirm" : "assert"
  return { id: uuid(), sha256: item.sha256, kind, taxon, reason, prediction: item.prediction, shown: item.shown, displayed_at, acted_at }
}

function undo(state) {
  const last = state.done.at(-1)
  if (!last) return
  const acts = last.batch ? state.done.filter((act) => act.batch === last.batch) : [last]
  state.done.length -= acts.length
  const group = uuid()
  for (const act of acts.reverse()) {
    const made = { id: uuid(), sha256: act.sha256, kind: "undo", taxon: null, undoes: act.id, acted_at: now() }
    state.undone.push({ ...act, by: made.id, group })
    if (act.item) state.items.unshift(act.item)
    state.pending.push(made)
  }
  after(state)
}

function redo(state) {
  const last = state.undone.at(-1)
  if (!last) return
  const acts = state.undone.filter((act) => act.group === last.group)
  state.undone.length -= acts.length
  const gone = new Set(acts.map((act) => act.sha256))
  for (const act of acts.reverse()) {
    state.pending.push({ id: uuid(), sha256: act.sha256, kind: "undo", taxon: null, undoes: act.by, acted_at: now() })
    state.done.push({ id: act.id, sha256: act.sha256, item: act.item, batch: act.batch })
  }
  state.items = state.items.filter((item) => !gone.has(item.sha256))
  after(state)
}

function after(state) {
  keep(state)
  status(state)
  flush(state)
  show(state)
}

function flush(state) {
  state.lastSent = Date.now()
  state.send(state.pending.slice())
}

function status(state) {
  const waiting = state.pending.length
  const saved = state.$(".saved")
  saved.textContent = waiting ? `${waiting} not saved yet` : "All saved"
  saved.classList.toggle("waiting", waiting > 0)
  saved.dataset.pending = waiting
  state.$(".progress").textContent = state.total ? `${state.labelled} of ${state.total} photos done` : ""
}

function find(state) {
  const wanted = fold(state.$("input").value)
  const found = []
  if (wanted) {
    for (const taxon of state.taxa) {
      const at = taxon.folded ??= taxon.names.map(fold)
      const score = Math.min(...at.map((name) => name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(` ${wanted}`) ? 2 : name.includes(wanted) ? 3 : 9))
      if (score < 9) found.push([score, taxon])
    }
    found.sort((one, other) => one[0] - other[0])
  }
  state.$(".hits").replaceChildren(...found.slice(0, 6).map(([, taxon], index) => {
    const li = row({ id: taxon.id, name: taxon.names[0], scientific: taxon.names[1] ?? "" }, taxon.rank, false)
    li.firstChild.setAttribute("aria-selected", String(index === 0))
    return li
  }))
}

function keep(state) {
  try {
    if (state.pending.length) localStorage.setItem(state.storage, JSON.stringify(state.pending))
    else localStorage.removeItem(state.storage)
  } catch { /* a full or forbidden storage only costs what a crash of the browser would */ }
}

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)) ?? [] } catch { return [] }
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()
const now = () => new Date().toISOString()
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
  (Number(c) ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> Number(c) / 4).toString(16))
