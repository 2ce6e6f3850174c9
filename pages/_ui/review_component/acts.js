// What a person says. Every act carries its own id and the photo that was on screen. An undo is an act too.
const LATE_MS = 2000 // until then, saving is nothing that a person must know of

function made(state, item, kind, set = {}) {
  const seen = item.blind ? {} : item
  return {
    id: uuid(), sha256: item.sha256, kind, taxon: null, reason: "none", prediction: seen.prediction ?? null, shown: seen.shown ?? null,
    displayed_at: state.displayedAt, acted_at: now(), undoes: null, action: null, lane: item.lane ?? null, blind: Boolean(item.blind),
    subject: null, certainty: null, count: null, sex: null, life_stage: null, behaviour: null, individual: null, comment: "",
    boxes: null, ...set,
  }
}

function labelOf(state, item, taxon, set) {
  const kind = taxon === null ? "not_animal" : taxon === item.shown && !item.blind ? "confirm" : "assert"
  return made(state, item, kind, { ...set, taxon })
}

// Keeps acts in order and sends them; whatever was undone before cannot be redone any more.
function commit(state, pairs) {
  for (const [act, item, entry] of pairs) {
    const record = { id: act.id, sha256: act.sha256, kind: act.kind, action: act.action, act, item, entry }
    state.pending.push(act)
    state.done.push(record)
    remember(state, record)
  }
  state.undone = []
}

// Labels the photo on screen, or the whole event but for what somebody has labelled already.
function label(state, taxon, reason = "none", whole = state.whole) {
  const { current: item, entry } = state
  if (!item) return
  const open = whole ? entry.members.filter((member) => !isHandled(state, member)) : []
  const items = open.length ? open : [item]
  const set = { reason, action: items.length > 1 ? uuid() : null, subject: state.subject, ...takeDetails(state) }
  commit(state, items.map((one) => [labelOf(state, one, taxon, set), one, entry]))
  state.last = { taxon, reason }
  say(state, `${items.length > 1 ? `${items.length} photos: ` : ""}${inWords(state, taxon, reason)}`)
  if (state.subject) state.subject = null
  else advance(state)
  after(state)
}

function inWords(state, taxon, reason) {
  if (taxon === null) return "No animal"
  return `${nameOf(state, taxon)}${reason === "not_the_suggested" ? ", but not the suggested species" : ""}`
}

// One act for many photos: each has its own row in the ledger, and one undo takes all of them back.
function labelMany(state, taxon, reason = "none") {
  const meant = (item) => typeof taxon === "function" ? taxon(item) : taxon
  const chosen = state.tiles.filter(({ item }) => state.chosen.has(item.sha256) && (taxon === null || meant(item)))
  if (!chosen.length) return
  const set = { reason, action: uuid() }
  commit(state, chosen.map(({ item, entry }) => [labelOf(state, item, meant(item), set), item, entry]))
  say(state, `${chosen.length} ${chosen.length === 1 ? "photo" : "photos"} labelled`)
  dropSettled(state)
  state.entry = null
  state.chosen.clear()
  after(state)
}

// A mark says something about the photo without saying what it is; the photo stays.
function mark(state, kind, set = {}) {
  if (!state.current) return
  commit(state, [[made(state, state.current, kind, set), state.current, state.entry]])
  after(state)
}

function flag(state) {
  const flags = said(state, state.current.sha256).filter((record) => record.kind === "flag")
  const { current: item, entry } = state
  if (flags.length) takeBack(state, flags)
  else if (isFlagged(state, item)) takeBack(state, [{ id: item.flagged, sha256: item.sha256, kind: "flag", item, entry }])
  else mark(state, "flag")
}

const isFlagged = (state, item) => said(state, item.sha256).some((record) => record.kind === "flag") ||
  Boolean(item.flagged) && !state.unflagged.has(item.flagged)
const hasPerson = (state, item) => Boolean(item.person) || said(state, item.sha256).some((record) => record.kind === "person")

function person(state) {
  const { current: item, entry } = state
  commit(state, [[made(state, item, "person"), item, entry]])
  say(state, "A person: blurred from now on")
  advance(state)
  after(state)
}

function skip(state) {
  const { current: item, entry } = state
  if (isHandled(state, item)) { advance(state); show(state); return } // looked at again, and left as it is
  commit(state, [[made(state, item, "skip"), item, entry]])
  say(state, "Put off until the end")
  leaveEntry(state, entry)
  state.queue.push(entry)
  after(state)
}

function note(state) {
  const comment = state.details.comment
  if (!comment) { openDetails(state, "comment", true); return }
  state.details.comment = ""
  mark(state, "note", { comment })
  say(state, "The comment is kept with this photo.")
}

function undo(state) {
  const last = state.done.at(-1)
  if (last) takeBack(state, last.action ? state.done.filter((record) => record.action === last.action) : [last])
}

// Takes acts back: one act of undoing for each, and what they were about is on screen again.
function takeBack(state, records) {
  const group = uuid(), gone = new Set(records.map((record) => record.id))
  state.done = state.done.filter((record) => !gone.has(record.id))
  for (const record of records.slice().reverse()) {
    const item = record.item ?? { sha256: record.sha256 }
    const act = made(state, item, "undo", { undoes: record.id, action: records.length > 1 ? group : null })
    state.pending.push(act)
    state.undone.push({ ...record, by: act.id, group })
    forget(state, record)
    if (settles(record) || record.kind === "skip") bringBack(state, record)
    else if (record.sha256 !== state.current?.sha256) say(state, "Taken back on an earlier photo.")
  }
  if (records.length > 1) say(state, `Taken back on ${records.length} photos`)
  else if (!state.$(".word").textContent) say(state, "Taken back")
  after(state)
}

function redo(state) {
  const last = state.undone.at(-1)
  if (!last) return
  const records = state.undone.filter((record) => record.group === last.group)
  state.undone = state.undone.filter((record) => record.group !== last.group)
  for (const { by, group, earlier, ...record } of records.reverse()) {
    const item = record.item ?? { sha256: record.sha256 }
    state.pending.push(made(state, item, "undo", { undoes: by, action: records.length > 1 ? group : null }))
    state.done.push(record)
    remember(state, record)
    if (record.kind === "skip" && record.entry) { leaveEntry(state, record.entry); state.queue.push(record.entry) }
  }
  dropSettled(state)
  if (state.entry && isHandled(state, state.entry.members[state.at])) advance(state)
  after(state)
}

function after(state) {
  keep(state)
  status(state)
  flush(state)
  show(state)
}

function status(state) {
  const waiting = state.pending.length, saved = state.$(".saved")
  const late = waiting > 0 && Date.now() - Date.parse(state.pending[0].acted_at) > LATE_MS
  saved.textContent = late ? `${waiting} not saved yet` : waiting ? "Saving …" : "All saved"
  saved.classList.toggle("waiting", late)
  saved.dataset.pending = waiting
  state.$(".progress").textContent = state.total ? `${state.labelled} of ${state.total} done` : ""
}

// A word about what just happened where the screen does not show it by itself.
function say(state, text) {
  state.$(".word").textContent = text
  clearTimeout(state.wordTimer)
  state.wordTimer = setTimeout(() => { state.$(".word").textContent = "" }, 4000)
}
