// What comes next. An entry of the queue is one photo, or all photos of one event in the order of their time.
const AHEAD = 8 // photos that are loaded before they are needed
const LOW = 150 // entries left, from which on more are asked for
const ASK_MS = 3000
const LABELS = new Set(["confirm", "assert", "not_animal"])

function receive(state, data) {
  if (!data) return
  state.acts = data.acts
  state.next = data.next
  if (state.annotator !== data.annotator) begin(state, data)
  if (state.list !== data.list) startList(state, data.list)
  take(state, data.items ?? [])
  state.total = data.total ?? 0
  state.labelled = data.labelled ?? 0
  state.root = data.root ?? "animalia"
  state.cards = data.cards ?? null
  state.low = data.low ?? null
  if (data.taxa && state.taxaAt !== data.taxa) {
    state.taxaAt = data.taxa
    fetch(data.taxa).then((answer) => answer.json()).then((taxa) => { state.taxa = taxa })
  }
  if (!state.current) show(state)
  status(state)
}

function take(state, items) {
  for (const item of items) {
    const entry = entryOf(item)
    state.wanted.add(item.sha256)
    if (!state.known.has(entry.key)) {
      if (entry.members.some((member) => !isHandled(state, member))) state.queue.push(entry)
    }
    state.known.add(entry.key)
  }
}

// Another choice of photos takes the place of the one before; what was said stays.
function startList(state, list) {
  state.list = list
  state.queue = []
  state.known.clear()
  state.hasEvents = false
  const waiting = new Set(state.pending.map((act) => act.id))
  for (const record of [...state.said.values()].flat()) record.earlier = !waiting.has(record.id)
  state.entry = state.current = null
}

// Whoever comes back finds what was not saved yet, and can take back what was said before.
function begin(state, data) {
  state.annotator = data.annotator
  state.storage = `fieldmark-review-${data.annotator}`
  bindKeys(state)
  state.done = (data.done ?? []).map((act) => ({ kind: "assert", ...act, earlier: true, entry: act.item ? entryOf(act.item) : null }))
  for (const record of state.done) remember(state, record)
  for (const act of stored(state.storage, [])) {
    if (state.pending.some((one) => one.id === act.id)) continue
    state.pending.push(act)
    if (act.kind === "undo") {
      const at = state.done.findIndex((record) => record.id === act.undoes)
      if (at >= 0) forget(state, state.done.splice(at, 1)[0])
    } else if (!state.done.some((record) => record.id === act.id)) {
      const item = (data.items ?? []).find((one) => one.sha256 === act.sha256) ?? null
      state.done.push({ ...act, act, item, entry: item ? entryOf(item) : null })
      remember(state, state.done.at(-1))
    }
  }
  if (state.pending.length) flush(state)
}

function entryOf(item) {
  const members = item.event?.members ?? []
  const all = members.some((member) => member.sha256 === item.sha256) ? members : [item, ...members]
  return { key: item.event?.key ?? item.sha256, members: all, first: item.sha256 }
}

// What stands in this browser about a photo, newest last.
function remember(state, record) {
  state.said.set(record.sha256, [...said(state, record.sha256), record])
  if (settles(record)) state.retracted.delete(record.sha256)
  state.unflagged.delete(record.id)
}

function forget(state, record) {
  state.said.set(record.sha256, said(state, record.sha256).filter((one) => one.id !== record.id))
  if (settles(record)) state.retracted.add(record.sha256)
  if (record.kind === "flag") state.unflagged.add(record.id)
}

const said = (state, sha256) => state.said.get(sha256) ?? []
const settles = (record) => record.kind === "person" || LABELS.has(record.kind) && !(record.act ?? record).subject
// Whether nothing more is asked about a photo. What the queue gives is asked anew, whatever was said before it was
// given: for a second look, as a blind test, or because somebody chose labelled photos.
function isHandled(state, { sha256, label }) {
  const asked = state.wanted.has(sha256)
  return said(state, sha256).some((record) => settles(record) && !(asked && record.earlier)) || Boolean(label) && !asked && !state.retracted.has(sha256)
}

// Leaves an entry as soon as all its photos are settled, and goes to the next open photo of it until then.
function advance(state) {
  const entry = state.entry
  if (!entry) return
  const open = entry.members.findIndex((member, index) => index > state.at && !isHandled(state, member))
  const left = open >= 0 ? open : entry.members.findIndex((member) => !isHandled(state, member))
  if (left >= 0) state.at = left
  else leaveEntry(state, entry)
}

function leaveEntry(state, entry) {
  state.queue = state.queue.filter((one) => one.key !== entry.key)
  if (state.entry?.key === entry.key) state.entry = null
}

function dropSettled(state) {
  state.queue = state.queue.filter((entry) => entry.members.some((member) => !isHandled(state, member)))
  if (state.entry && !state.queue.includes(state.entry)) state.entry = null
}

function bringBack(state, { entry: before, sha256 }) {
  const entry = state.queue.find((one) => one.members.some((member) => member.sha256 === sha256)) ?? before
  if (!entry) { say(state, "Taken back on an earlier photo."); return }
  state.queue = [entry, ...state.queue.filter((one) => one.key !== entry.key)]
  enter(state, entry, sha256)
}

// Goes back to what was labelled before, one photo a time, to look at it or to say it anew. Nothing is taken back.
function revisit(state) {
  const seen = new Map() // the newest record of every photo, newest first
  for (const record of state.done.slice().reverse()) {
    if (record.entry && settles(record) && !seen.has(record.sha256)) seen.set(record.sha256, record)
  }
  const order = [...seen.keys()], at = isHandled(state, state.current ?? {}) ? order.indexOf(state.current.sha256) : -1
  const before = seen.get(order[at + 1])
  if (!before) { say(state, "There is nothing before this one."); return }
  dropSettled(state)
  bringBack(state, before)
  show(state)
}

function enter(state, entry, sha256) {
  const of = (wanted) => entry.members.findIndex((member) => member.sha256 === wanted)
  const open = entry.members.findIndex((member) => !isHandled(state, member))
  state.entry = entry
  state.at = sha256 ? Math.max(0, of(sha256)) : isHandled(state, entry.members[of(entry.first)]) ? Math.max(0, open) : of(entry.first)
  state.whole = false
}

// Asks for more in good time, but not for every photo, and not in a circle with a server that has none.
async function ask(state) {
  if (state.queue.length >= (state.low ?? LOW) || Date.now() - state.askedAt < ASK_MS) return
  state.askedAt = Date.now()
  const { list } = state
  try {
    const { items } = await fetched(state.next)
    if (state.list !== list) return // meanwhile somebody chose other photos
    take(state, items)
    if (!state.current) show(state)
  } catch { /* it is asked again soon */ }
}

function loadAhead(state) {
  const next = [...state.entry.members, ...state.queue.slice(1, 1 + AHEAD).map((entry) => entry.members.find((one) => one.sha256 === entry.first))]
  for (const item of next.slice(0, 4 * AHEAD)) {
    if (state.loaded.has(item.sha256)) continue
    const image = new Image()
    image.src = item.full
    state.loaded.set(item.sha256, image)
    if (state.loaded.size > 8 * AHEAD) state.loaded.delete(state.loaded.keys().next().value)
  }
}
