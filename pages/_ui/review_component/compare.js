// The photo beside photos of its likeliest species, as people have labelled them; a number says which one it is.
function openCompare(state) {
  const item = state.current
  if (!item.examples || !item.choices?.length) { say(state, "Nothing may be shown beside this one."); return }
  const dialog = openDialog(state, "compare")
  if (!dialog) return
  const photo = state.$(".compare .this")
  photo.src = item.full
  photo.alt = `Photo ${item.name}`
  photo.classList.toggle("person", hasPerson(state, item) && state.revealed !== item.sha256)
  fill(state, dialog, item.examples, (photos) => [drawExamples(item, photos)], drawExamples(item, {}))
}

function drawExamples(item, photos) {
  return make("ol", { class: "species" }, ...item.choices.map((choice, index) => {
    const entry = row(choice, index + 1)
    entry.append(make("div", { class: "pictures" }, ...(photos[choice.id] ?? []).map((src) => make("img", { src, alt: `Labelled as ${choice.name}` }))))
    return entry
  }))
}

// Returns whether the key was the number of a species.
function compareKey(state, dialog, name) {
  if (!name?.startsWith("pick")) return false
  dialog.close()
  act(state, name)
  return true
}
