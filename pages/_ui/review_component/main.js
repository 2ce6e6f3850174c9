// Where the surface begins: one state for each place it is drawn in, which outlives every new set of data.
const states = new WeakMap()

function mount(component) {
  const { parentElement, data } = component
  let state = states.get(parentElement)
  if (!state) {
    state = create(parentElement)
    states.set(parentElement, state)
  }
  receive(state, data)
  return () => state.leave()
}

function create(root) {
  const state = {
    $: (selector) => root.querySelector(selector), $$: (selector) => [...root.querySelectorAll(selector)],
    session: uuid(), storage: "fieldmark-review", annotator: null, taxa: [], cards: null, root: "animalia",
    queue: [], known: new Set(), wanted: new Set(), hasEvents: false, entry: null, at: 0, current: null, displayedAt: null, loaded: new Map(), askedAt: 0, total: 0, labelled: 0,
    pending: [], done: [], undone: [], said: new Map(), retracted: new Set(), unflagged: new Set(), last: null, acts: null, next: null, sending: false, failedAt: 0, heldAt: 0, low: null, troubleUntil: 0,
    mode: "focus", whole: false, subject: null, proposal: null, details: noDetails(), chord: null, typed: "", alone: false, revealed: null,
    view: { scale: 1, x: 0, y: 0 }, fingers: new Map(), gesture: null, tap: null, wheeledAt: 0, drawing: false, chosenBox: null, film: null, strip: null,
    tiles: [], chosen: new Set(), group: null, anchor: null, cursor: 0, lasso: null, lassoOn: false, lassoed: false,
    own: {}, keymap: null, rebinding: null, conflict: null, asking: null,
  }
  bindKeys(state)
  // Streamlit fades what it is about to draw anew; nothing here waits for the server.
  root.host?.closest('[data-testid="stElementContainer"]')?.style.setProperty("opacity", "1", "important")
  const onKey = (event) => key(state, event)
  const onLeave = (event) => { if (state.pending.length) { event.preventDefault(); event.returnValue = "" } }
  window.addEventListener("keydown", onKey, true)
  window.addEventListener("beforeunload", onLeave)
  state.$(".review").addEventListener("click", (event) => click(state, event))
  state.$("input[type=search]").addEventListener("input", () => find(state))
  for (const field of WORDS) state.$(`[name=${field}]`).addEventListener("input", (event) => { state.details[field] = event.target.value.slice(0, 500) })
  for (const field of WORDS) state.$(`[name=${field}]`).addEventListener("change", () => drawDetails(state))
  listenToViewer(state)
  listenToLasso(state)
  const timer = setInterval(() => {
    if (state.pending.length) { flush(state); status(state) }
    if (state.annotator && !state.current) nothing(state)
  }, 300)
  state.leave = () => {
    stop(state)
    clearInterval(timer)
    window.removeEventListener("keydown", onKey, true)
    window.removeEventListener("beforeunload", onLeave)
  }
  return state
}

function click(state, event) {
  const button = event.target.closest("button")
  if (!button || state.lassoed) return
  const { taxon, rung: step, rank, tile: photo, closer, group, frame: member, field, value, bind } = button.dataset
  const dialog = button.closest("dialog")
  if (bind) { startRebinding(state, bind); return }
  if (photo) choose(state, photo, event.shiftKey)
  else if (closer) { openLarge(state, closer); return }
  else if (group !== undefined) { state.group = group || null; state.chosen.clear(); state.cursor = 0; drawTiles(state) }
  else if (member) goTo(state, state.entry.members.findIndex((one) => one.sha256 === member))
  else if (field === "count") stepCount(state, Number(value))
  else if (field) setDetail(state, field, value)
  else if (button.closest(".hits")) found(state, button, event.shiftKey)
  else if (taxon) { dialog?.close(); label(state, taxon) }
  else if (step) label(state, step, reasonAt(state, { id: step, rank }, event.shiftKey ? "not_the_suggested" : "cannot_go_finer"))
  else if (button.dataset.do === "close") dialog.close()
  else if (button.dataset.do === "reset") resetKeys(state)
  else if (button.dataset.by) stepLarge(state, Number(button.dataset.by))
  else act(state, button.dataset.do)
  if (dialog && isOpen(state) === dialog && dialog.matches(".large")) drawLarge(state)
  if (!isOpen(state) && !["find", "note", "behaviour", "individual"].includes(button.dataset.do)) state.$(".review").focus({ preventScroll: true })
}
