// What goes along with the next label: how many, which sex and life stage, how sure, and words. Terms are those of
// Camtrap DP. They are chips under the choices until the act, and gone after it.
const SEX = { f: "female", m: "male" }
const LIFE_STAGE = { a: "adult", s: "subadult", j: "juvenile" }
const CERTAINTY = { s: "sure", p: "probable", g: "guess" }
const WORDS = ["behaviour", "individual", "comment"]
const CHORDS = {
  sex: { field: "sex", values: SEX, ask: "Sex: f or m" },
  stage: { field: "life_stage", values: LIFE_STAGE, ask: "Life stage: a, s or j" },
  certainty: { field: "certainty", values: CERTAINTY, ask: "How sure: s, p or g" },
  count: { field: "count", ask: "How many: digits, then Enter" },
}

const noDetails = () => ({ certainty: null, count: null, sex: null, life_stage: null, behaviour: "", individual: "", comment: "" })

function takeDetails(state) {
  const { behaviour, individual, ...rest } = state.details
  state.details = noDetails()
  state.chord = null
  return { ...rest, behaviour: behaviour || null, individual: individual || null }
}

// The first key of two: the next one says which.
function chord(state, name) {
  state.chord = name
  state.typed = ""
  drawDetails(state)
}

// Returns whether the key belonged to a chord.
function chordKey(state, key) {
  const { field, values } = CHORDS[state.chord]
  if (key === "Escape") state.chord = null
  else if (values) {
    const value = values[key.toLowerCase()]
    state.chord = null
    if (!value) { drawDetails(state); return key.length === 1 }
    state.details[field] = value
  } else if (/^[0-9]$/.test(key) && state.typed.length < 4) count(state, state.typed += key)
  else if (key === "Backspace") count(state, state.typed = state.typed.slice(0, -1))
  else if (key === "Enter") state.chord = null
  else { state.chord = null; drawDetails(state); return false }
  drawDetails(state)
  return true
}

function count(state, digits) {
  state.details.count = Number(digits) >= 1 ? Number(digits) : null
}

function setDetail(state, field, value) {
  state.details[field] = state.details[field] === value ? null : value
  drawDetails(state)
}

function stepCount(state, by) {
  const next = (state.details.count ?? (by > 0 ? 0 : 1)) + by
  state.details.count = next >= 1 ? next : null
  drawDetails(state)
}

function openDetails(state, field, alone = false) {
  state.$(".details").open = true
  state.alone = alone
  state.$(`[name=${field}]`).focus()
}

function drawDetails(state) {
  const { details } = state
  for (const button of state.$$(".details [data-field]")) {
    button.setAttribute("aria-pressed", String(details[button.dataset.field] === button.dataset.value))
  }
  state.$(".details .number").textContent = details.count ?? "–"
  for (const field of WORDS) {
    const input = state.$(`[name=${field}]`)
    if (input.value !== details[field]) input.value = details[field]
  }
  const given = Object.entries(details).filter(([, value]) => value)
    .map(([field, value]) => make("li", { class: "chip", data: { chip: field } }, field === "count" ? value === 1 ? "1 animal" : `${value} animals` : String(value)))
  const asks = state.chord ? [make("li", { class: "chip asking" }, CHORDS[state.chord].ask)] : []
  const subject = state.subject ? [make("li", { class: "chip asking" }, "Another species: which one?")] : []
  state.$(".chips").replaceChildren(...saidSoFar(state), ...given, ...asks, ...subject)
}

// What people said about this photo before, and in this visit.
function saidSoFar(state) {
  const item = state.current
  if (!item) return []
  const given = said(state, item.sha256).filter((record) => LABELS.has(record.kind) && (record.act ?? record).taxon !== undefined).map((record) => record.act ?? record)
  const acts = given.filter((act, index) => act.subject || !given.slice(index + 1).some((later) => !later.subject)) // said anew, said once
  const spoken = acts.map(({ taxon, subject }) => make("li", { class: "chip said", data: { said: taxon ?? "" } },
    `${subject ? "Also here" : "You said"}: ${taxon === null ? "no animal" : nameOf(state, taxon)}`))
  const known = item.label && !state.retracted.has(item.sha256) && !acts.some((act) => !act.subject)
  const before = known ? [make("li", { class: "chip said" }, `${item.label.by ?? "Somebody"} said: ${item.label.name ?? "a label"}`)] : []
  const flagged = isFlagged(state, item) ? [make("li", { class: "chip flagged" }, "Flagged")] : []
  return [...before, ...spoken, ...flagged]
}

function nameOf(state, taxon) {
  state.names ??= new Map()
  if (state.names.size !== state.taxa.length) state.names = new Map(state.taxa.map((one) => [one.id, one.names[0]]))
  return state.names.get(taxon) ?? taxon
}
