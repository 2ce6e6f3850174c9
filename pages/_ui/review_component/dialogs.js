// What opens above the photos: the card of a species, the history of a photo, a tile in large.
function openDialog(state, name) {
  const dialog = state.$(`dialog.${name}`)
  if (dialog.open) { dialog.close(); return null }
  dialog.showModal()
  return dialog
}

const isOpen = (state) => state.$$("dialog").find((dialog) => dialog.open) ?? null

async function fetched(address, request) {
  const answer = await fetch(address, request)
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 200))
  return answer.json()
}

// Fills a dialog with what the server says, or with why it says nothing; a slow answer to an earlier question is dropped.
async function fill(state, dialog, address, draw, meanwhile = make("p", { class: "soft" }, "One moment …")) {
  const body = dialog.querySelector(".body"), asked = state.asking = {}
  body.replaceChildren(meanwhile)
  try {
    const answer = await fetched(address)
    if (state.asking === asked) body.replaceChildren(...draw(answer))
  } catch (error) {
    if (state.asking === asked) body.replaceChildren(make("p", {}, `Nothing to show: ${error.message}`))
  }
}

function openCard(state) {
  const taxon = state.proposal?.taxon
  const best = taxon && taxon !== "blank" ? taxon : state.current.choices?.[0]?.id
  if (state.current.blind || !best || !state.cards) { say(state, "There is no card to show here."); return }
  const dialog = openDialog(state, "card")
  if (dialog) fill(state, dialog, state.cards.replace("{taxon}", encodeURIComponent(best)), drawCard)
}

function drawCard(card) {
  const parts = [make("h3", {}, card.name, " ", make("small", {}, card.scientific))]
  if (card.status) parts.push(make("p", { class: "soft" }, card.status))
  for (const [title, text] of card.sections) parts.push(make("h4", {}, title), ...prose(text))
  if (card.names.length) parts.push(make("p", { class: "soft" }, card.names.join(" · ")))
  if (card.link) parts.push(make("p", {}, make("a", { href: card.link, target: "_blank", rel: "noopener" }, "The whole card")))
  return parts
}

// The little Markdown that cards use: paragraphs, lists, bold and italics.
function prose(text) {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split("\n")
    if (!lines.every((line) => line.startsWith("- "))) return make("p", {}, ...spans(block))
    return make("ul", {}, ...lines.map((line) => make("li", {}, ...spans(line.slice(2)))))
  })
}

function spans(text) {
  return text.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).filter(Boolean).map((part) =>
    part.startsWith("**") ? make("b", {}, part.slice(2, -2)) : part.startsWith("*") ? make("em", {}, part.slice(1, -1)) : part)
}

function openHistory(state) {
  if (!state.current.history) { say(state, "There is no history to show here."); return }
  const dialog = openDialog(state, "history")
  if (dialog) fill(state, dialog, state.current.history, drawHistory)
}

function drawHistory({ name, together, rows, learnt }) {
  const line = ({ when, who, what, taken_back: back, screen }) => make("li", { class: back ? "back" : "" },
    make("b", {}, who), " ", make("span", {}, what), make("small", {}, [new Date(when).toLocaleString(), screen, back ? "taken back" : ""].filter(Boolean).join(" · ")))
  return [make("h3", {}, `History of ${name}`), ...(together ? [make("p", { class: "together" }, together)] : []), rows.length
    ? make("ol", { class: "rows" }, ...rows.map(line)) : make("p", {}, "Nobody has said anything about this photo yet."),
  make("h4", {}, "Was it used for training?"), ...learnt.map((line) => make("p", { class: "learnt" }, line))]
}

function openSimilar(state) {
  if (!state.current.similar) { say(state, "Nothing may be shown beside this one."); return }
  const dialog = openDialog(state, "similar")
  if (dialog) fill(state, dialog, state.current.similar, drawSimilar)
}

function drawSimilar({ photos }) {
  const tile = ({ thumb, said, model, alike, person }) => make("li", {},
    make("img", { src: thumb, alt: "", class: person ? "person" : "" }), make("b", {}, said || model), make("small", {}, [said ? "said by people" : "says the model", alike].join(" · ")))
  return [make("h3", {}, "Photos that look alike"), photos.length
    ? make("ul", { class: "alike" }, ...photos.map(tile)) : make("p", {}, "None is known yet: photos are compared as they are identified.")]
}

function openLarge(state, sha256) {
  if (sha256) { state.cursor = state.tiles.findIndex(({ item }) => item.sha256 === sha256); drawChosen(state) }
  if (state.tiles[state.cursor] && openDialog(state, "large")) drawLarge(state)
}

function drawLarge(state) {
  const { item } = state.tiles[state.cursor], chosen = state.chosen.has(item.sha256), photo = state.$(".large img")
  photo.src = item.full
  photo.alt = `Photo ${item.name}`
  photo.classList.toggle("person", Boolean(item.person))
  state.$(".large .about").textContent = [item.name, item.taken, item.choices?.[0] && `${item.choices[0].name} ${item.choices[0].p}`].filter(Boolean).join(" · ")
  state.$(".large [data-do=toggle]").setAttribute("aria-pressed", String(chosen))
}

function stepLarge(state, by) {
  state.cursor = between(0, state.cursor + by, state.tiles.length - 1)
  drawChosen(state)
  drawLarge(state)
}
