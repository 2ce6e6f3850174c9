// The dialog that shows all keys, and takes others: click an action, press a key.
function openKeys(state) {
  if (openDialog(state, "keys")) drawKeys(state)
}

function drawKeys(state, message = "Click an action to give it another key.") {
  const groups = Map.groupBy(Object.entries(ACTIONS), ([, action]) => action.group)
  state.$(".keys .message").textContent = message
  state.$(".keys .list").replaceChildren(...[...groups].flatMap(([title, actions]) => [
    make("h4", {}, title), make("ul", {}, ...actions.map(([name, action]) => make("li", {}, make("button", {
      type: "button", class: "action", data: { bind: name }, "aria-pressed": String(state.rebinding === name),
    }, make("span", {}, action.title), keyList(state, name))))),
  ]))
}

function keyList(state, name) {
  if (state.rebinding === name) return make("em", {}, "press a key …")
  const keys = keysOf(state, name)
  return keys.length ? make("span", { class: "at" }, ...keys.map((one) => make("kbd", {}, shown(one)))) : make("em", {}, "no key")
}

function startRebinding(state, name) {
  state.rebinding = state.rebinding === name ? null : name
  drawKeys(state, state.rebinding ? `Press the new key for “${ACTIONS[name].title}”. Escape leaves it as it is.` : undefined)
  state.$(`.keys [data-bind=${name}]`).focus()
}

function rebind(state, event) {
  const name = state.rebinding
  if (event.key === "Escape") { state.rebinding = null; drawKeys(state); return }
  const what = pressed(event)
  if (!what || event.repeat) return
  const taken = takenBy(state, name, what)
  if (taken && state.conflict !== what) {
    state.conflict = what
    drawKeys(state, `${shown(what)} is the key of “${ACTIONS[taken].title}”. Press it again to take it from there, or another one.`)
    return
  }
  if (taken) state.own[taken] = keysOf(state, taken).filter((one) => one !== what)
  state.own[name] = [what]
  state.conflict = state.rebinding = null
  keepKeys(state, `“${ACTIONS[name].title}” is ${shown(what)} now.`)
}

// Another action that has the key in a place where this one would need it.
function takenBy(state, name, what) {
  const mine = ACTIONS[name]
  return Object.entries(ACTIONS).find(([other, action]) => other !== name && keysOf(state, other).includes(what) &&
    (mine.focus && action.focus || mine.grid && action.grid))?.[0] ?? null
}

function resetKeys(state) {
  state.own = {}
  state.conflict = state.rebinding = null
  keepKeys(state, "All keys are as they were at first.")
}

function keepKeys(state, message) {
  store(`fieldmark-keys-${state.annotator}`, Object.keys(state.own).length ? state.own : null)
  bindKeys(state)
  drawKeys(state, message)
}
