// One photo: what the model says, the likeliest species, the ladder from kingdom to species, and why it is here.
function show(state) {
  stop(state)
  const { $ } = state, entry = state.queue[0] ?? null
  if (!entry) state.entry = null
  else if (state.entry !== entry) enter(state, entry)
  const item = entry ? entry.members[state.at] : null
  const fresh = item !== state.current
  state.current = item
  const grid = state.mode === "grid" && item
  $(".grid").hidden = !grid
  $("[data-do=grid]").setAttribute("aria-pressed", String(state.mode === "grid"))
  $(".stage").hidden = !item || Boolean(grid)
  $(".empty").hidden = Boolean(item)
  if (!item) { nothing(state); return }
  ask(state)
  if (fresh) {
    state.displayedAt = now()
    state.proposal = { taxon: item.blind ? null : item.shown ?? null, reason: "none" }
    state.chosenBox = null
    if (state.mode !== "grid") resetView(state)
  }
  if (grid) { drawTiles(state); return }
  const photo = $(".photo")
  if (photo.dataset.sha256 !== item.sha256) {
    photo.src = item.full
    photo.alt = `Photo ${item.name}`
    photo.dataset.sha256 = item.sha256
    $("input[type=search]").value = ""
    $(".hits").replaceChildren()
  }
  photo.classList.toggle("person", hasPerson(state, item))
  photo.classList.toggle("revealed", state.revealed === item.sha256)
  $("[data-do=reveal]").hidden = !hasPerson(state, item)
  $("[data-do=flag]").setAttribute("aria-pressed", String(isFlagged(state, item)))
  $(".why").textContent = [item.taken, item.why].filter(Boolean).join(" · ")
  $("aside").classList.toggle("blind", Boolean(item.blind))
  $(".choices").replaceChildren(...(item.blind ? [] : item.choices ?? []).map((choice, index) => row(choice, index + 1)))
  $(".ladder").replaceChildren(...(item.blind ? [] : item.ladder ?? []).map((step) => rung(state, step)))
  state.hasEvents ||= state.queue.some((one) => one.members.length > 1)
  $(".rooms").classList.toggle("events", state.hasEvents) // their room stays, so that nothing moves between two photos
  drawProposal(state)
  drawBoxes(state)
  drawStrip(state)
  drawDetails(state)
  loadAhead(state)
}

function nothing(state) {
  const left = state.total - state.labelled - state.pending.length
  state.$(".empty").textContent = !state.total ? "There are no photos yet: identify some first."
    : left > 0 ? "More photos are on their way …" : "Nothing is left to look at. Well done."
  if (left > 0) ask(state)
}

// What Enter would say.
function drawProposal(state) {
  const { $, current: item, proposal } = state
  const step = (item.ladder ?? []).find((one) => one.id === proposal.taxon)
  const name = item.blind ? "What do you see?" : proposal.taxon === item.shown ? item.sentence : step?.name ?? item.sentence
  $(".shown").textContent = name
  const but = proposal.reason === "not_the_suggested" ? ", but not the suggested species" : ""
  $(".rank").textContent = step && step.rank !== "species" ? `${step.rank}${but}` : ""
  $("aside [data-do=accept]").disabled = !proposal.taxon
  for (const button of state.$$(".choices button")) button.classList.toggle("best", button.dataset.taxon === proposal.taxon)
  for (const button of state.$$(".ladder button")) button.setAttribute("aria-current", String(button.dataset.rung === proposal.taxon))
}

function accept(state, whole) {
  const { taxon, reason } = state.proposal
  if (!taxon) say(state, "Nothing is proposed here: choose, or search for a name.")
  else label(state, taxon === "blank" ? null : taxon, reason, whole)
}

// One rank up or down the ladder, without saying it yet.
function climb(state, by, reason = "cannot_go_finer") {
  const ladder = state.current.blind ? [] : state.current.ladder ?? []
  if (!ladder.length) { say(state, "There is no ladder for this photo."); return }
  const found = ladder.findIndex((one) => one.id === state.proposal.taxon)
  const step = ladder[between(0, (found < 0 ? ladder.length : found) + by, ladder.length - 1)]
  state.proposal = { taxon: step.id, reason: reasonAt(state, step, reason) }
  drawProposal(state)
}

// A species needs no reason, nor does what is on screen anyway.
function reasonAt(state, { id, rank }, reason) {
  const agreed = id === state.current.shown && reason === "cannot_go_finer"
  return rank === "species" || agreed ? "none" : reason
}

function pick(state, number) {
  const choice = state.current.blind ? null : (state.current.choices ?? [])[number - 1]
  if (choice) label(state, choice.id)
}

function higher(state, rank, reason) {
  const taxon = state.current.blind ? null : state.current[rank]
  if (taxon) label(state, taxon, reason)
  else say(state, `No ${rank} is suggested here.`)
}

function row(choice, number) {
  const p = choice.p ? make("span", { class: "p" }, choice.p) : null
  const button = make("button", { type: "button", data: { taxon: choice.id } },
    make("kbd", {}, String(number)), make("span", {}, choice.name), make("small", {}, choice.scientific ?? ""), p)
  return make("li", {}, button)
}

function rung(state, { id, name, rank, p }) {
  const [key] = rank === "genus" || rank === "family" ? keysOf(state, rank) : [] // the actions of these names
  const button = make("button", { type: "button", title: `${rank}: ${name}`, data: { rung: id, rank } },
    make("span", {}, name), key ? make("kbd", {}, shown(key)) : null, p ? make("small", {}, p) : null)
  return make("li", {}, button)
}
