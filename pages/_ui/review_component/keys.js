// From a key to an action. People may give an action another key; that stays in their browser.
const SIGNS = { Enter: "↵", Backspace: "⌫", Delete: "Del", ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", Shift: "⇧" }
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const LONE = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Tab", "Escape", "Dead", "Process", "Unidentified"])

// The name of what is pressed, such as "g", "Shift+g", "Ctrl+z", "Shift+Enter". Signs are what they are, whichever
// keys a keyboard needs for them.
function pressed(event) {
  const typedByAltGr = event.getModifierState?.("AltGraph")
  if (LONE.has(event.key) || (event.altKey || event.metaKey) && !typedByAltGr) return null
  const letter = /^\p{L}$/u.test(event.key), sign = event.key.length === 1 && !letter && event.key !== " "
  const upper = letter && event.key !== event.key.toLowerCase() && !event.getModifierState?.("CapsLock")
  const shift = !sign && (event.shiftKey || upper)
  const ctrl = event.ctrlKey && !typedByAltGr
  return `${ctrl ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${event.key === " " ? "Space" : letter ? event.key.toLowerCase() : event.key}`
}

function shown(key) {
  return key.split(/\+(?=.)/).map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(key.startsWith("Ctrl") ? " " : "")
}

const keysOf = (state, name) => state.own[name] ?? ACTIONS[name].keys

function bindKeys(state) {
  state.own = stored(`fieldmark-keys-${state.annotator}`, {})
  state.keymap = { focus: new Map(), grid: new Map() }
  for (const [name, action] of Object.entries(ACTIONS)) {
    for (const key of keysOf(state, name)) {
      for (const where of ["focus", "grid"]) if (action[where]) state.keymap[where].set(key, name)
    }
  }
  for (const kbd of state.$$("[data-do] kbd")) {
    const [key] = ACTIONS[kbd.closest("[data-do]").dataset.do] ? keysOf(state, kbd.closest("[data-do]").dataset.do).slice(-1) : []
    kbd.textContent = key ? shown(key) : ""
    kbd.hidden = !key
  }
}

function key(state, event) {
  if (!state.$(".review").isConnected) return
  const inside = event.composedPath()[0], dialog = isOpen(state)
  const handled = dialog ? dialogKey(state, event, dialog) : isField(inside) ? fieldKey(state, event, inside) : surfaceKey(state, event, inside)
  if (!handled) return
  event.preventDefault()
  event.stopImmediatePropagation() // Streamlit has keys of its own
}

const isField = (node) => node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement || node instanceof HTMLSelectElement || node.isContentEditable

function fieldKey(state, event, field) {
  if (field === state.$("input[type=search]")) typing(state, event)
  else if (WORDS.includes(field.name) && state.$(".review").contains(field) && ["Enter", "Escape"].includes(event.key)) {
    state.$(".review").focus({ preventScroll: true })
    if (event.key === "Enter" && field.name === "comment" && state.alone) note(state)
    return true
  }
  return false
}

function surfaceKey(state, event, inside) {
  const arrow = ARROWS[event.key], grid = state.mode === "grid" && state.current
  if (isMeant(state, inside, event.key, arrow)) return false
  if (state.chord && !event.repeat && chordKey(state, event.key)) return true
  if (inside.dataset?.box && ["Enter", " "].includes(event.key)) { chooseBox(state, Number(inside.dataset.box)); return true }
  if (arrow && arrowKey(state, arrow, event.shiftKey)) return true
  if (event.key === "Escape") { calmDown(state); return false }
  const what = pressed(event), name = what && state.keymap[grid ? "grid" : "focus"].get(what)
  if (name && !event.repeat) act(state, name)
  return Boolean(name)
}

// Whether a key is for the button or the part of the page that has the focus.
function isMeant(state, inside, key, arrow) {
  const outside = !state.$(".review").contains(inside)
  const control = inside instanceof HTMLElement && inside.closest("a, button, [role=button], [role=tab], [role=slider], summary, iframe")
  const own = control && !outside && !inside.dataset.tile && !inside.dataset.box
  return Boolean(["Enter", " "].includes(key) && (own || outside && control) || arrow && outside && control)
}

// The arrows move what can be moved: the place in the grid, the chosen box, the photo where it is close.
function arrowKey(state, arrow, shift) {
  if (!state.current) return false
  if (state.mode === "grid") moveCursor(state, ...arrow, shift)
  else if (state.chosenBox !== null) nudgeBox(state, ...arrow, shift)
  else if (state.view.scale > 1) panBy(state, ...arrow)
  else return false
  return true
}

// Escape leaves what was begun: a film, a choice of a box, drawing, a whole event, a further species.
function calmDown(state) {
  if (stop(state)) return
  if (state.chosenBox !== null || state.drawing) drawing(state, false)
  if (state.mode === "grid") lassoing(state, false)
  state.whole = false
  state.subject = null
  if (state.current && state.mode === "focus") { drawStrip(state); drawDetails(state) }
}

function dialogKey(state, event, dialog) {
  if (state.rebinding) { rebind(state, event); return true }
  const what = pressed(event)
  if (dialog.matches(".large") && state.mode === "grid") {
    if (ARROWS[event.key]) { stepLarge(state, ARROWS[event.key][0] || ARROWS[event.key][1]); return true }
    if (state.keymap.grid.get(what) === "toggle") { toggleTile(state); drawLarge(state); return true }
    if (state.keymap.grid.get(what) === "large") { dialog.close(); return true }
  }
  if (dialog.matches(".compare") && compareKey(state, dialog, state.keymap.focus.get(what))) return true
  const closers = { compare: "compare", card: "card", history: "history", similar: "similar", keys: "help" }
  for (const [name, action] of Object.entries(closers)) {
    if (dialog.matches(`.${name}`) && state.keymap.focus.get(what) === action) { dialog.close(); return true }
  }
  return false
}
