// The photos of one event: a strip of small ones under the photo, a short film of them, and labels for all at once.
const FRAME_MS = 280

function drawStrip(state) {
  const { entry, current } = state
  const many = entry.members.length > 1
  state.$(".strip").hidden = !many
  if (!many) { state.strip = null; return }
  const frames = state.$(".frames")
  if (state.strip !== entry) {
    state.strip = entry
    frames.replaceChildren(...entry.members.map(frame))
  }
  for (const [index, li] of [...frames.children].entries()) {
    const member = entry.members[index], button = li.firstChild
    button.setAttribute("aria-current", String(member === current))
    button.classList.toggle("handled", isHandled(state, member))
    button.classList.toggle("person", hasPerson(state, member))
    if (member === current) frames.scrollTo({ left: li.offsetLeft - frames.clientWidth / 2 + li.clientWidth / 2, behavior: "instant" })
  }
  state.$(".strip").classList.toggle("whole", state.whole)
  state.$("[data-do=whole]").setAttribute("aria-pressed", String(state.whole))
  const open = entry.members.filter((member) => !isHandled(state, member)).length
  const kept = entry.members.length - open
  state.$(".of").textContent = `${state.at + 1} of ${entry.members.length}` + (kept ? `, ${kept} labelled` : "")
}

function frame(member) {
  const img = make("img", { src: member.thumb, alt: `Photo ${member.name}`, draggable: false })
  const time = make("span", { class: "time" }, member.taken ?? "")
  return make("li", {}, make("button", { type: "button", data: { frame: member.sha256 } }, img, time))
}

function goTo(state, index) {
  if (!state.entry || index === state.at || index < 0 || index >= state.entry.members.length) return
  state.at = index
  show(state)
}

function whole(state) {
  if (state.entry.members.length < 2) { say(state, "This photo is not part of an event."); return }
  state.whole = !state.whole
  drawStrip(state)
}

// What the model says most often of the photos of the event that nobody labelled; between equals, where it is surer.
function majority(state) {
  const votes = new Map()
  for (const member of state.entry.members) {
    if (isHandled(state, member) || !member.shown || member.blind) continue
    const vote = votes.get(member.shown) ?? { count: 0, sure: 0 }
    votes.set(member.shown, { count: vote.count + 1, sure: vote.sure + (member.sure ?? 0) })
  }
  const [first] = [...votes].sort(([, one], [, other]) => other.count - one.count || other.sure - one.sure)
  if (!first) { say(state, "The model names nothing in these photos."); return }
  label(state, first[0] === "blank" ? null : first[0], "none", true)
}

// A film only shows: labels are about the photo that it was started from, and any key stops it first.
function play(state) {
  const { entry, current } = state
  if (entry.members.length < 2) return
  if (calm()) { goTo(state, (state.at + 1) % entry.members.length); return }
  let index = -1
  const step = () => {
    index += 1
    const member = entry.members[index]
    if (!member || state.current !== current) { stop(state); return }
    if (state.loaded.get(member.sha256)?.complete !== false) {
      state.$(".photo").src = member.full
      state.$(".photo").classList.toggle("person", hasPerson(state, member))
    }
  }
  state.film = setInterval(step, FRAME_MS)
  state.$(".viewer").classList.add("playing")
  step()
}

// Returns whether a film was running.
function stop(state) {
  if (!state.film) return false
  clearInterval(state.film)
  state.film = null
  state.$(".viewer").classList.remove("playing")
  if (state.current) {
    state.$(".photo").src = state.current.full
    state.$(".photo").classList.toggle("person", hasPerson(state, state.current))
  }
  return true
}
