// Everything that can be done: its keys, its words, and what it does with one photo and in the grid. An action that
// lacks one of the two does not exist there; "always" ones need no photo.
const GENUS = (item) => item.genus // photos of one group may be of several genera
const FAMILY = (item) => item.family
const PICKS = [1, 2, 3, 4, 5]
const SAY = "Say what it is", MORE = "Say more", EVENT = "The whole event", PHOTO = "Photo", GRID = "Grid", GO = "Go on"

const ACTIONS = {
  accept: { group: SAY, keys: ["Enter"], title: "It is what is proposed", focus: (state) => accept(state), grid: acceptMany },
  ...Object.fromEntries(PICKS.map((number) => [`pick${number}`, {
    group: SAY, keys: [String(number)], title: `Likeliest species, number ${number}`, focus: (state) => pick(state, number),
  }])),
  find: { group: SAY, keys: ["/"], title: "Search for any name", focus: focusFind, grid: focusFind },
  genus: {
    group: SAY, keys: ["g"], title: "The genus: cannot go finer",
    focus: (state) => higher(state, "genus", "cannot_go_finer"), grid: (state) => labelMany(state, GENUS, "cannot_go_finer"),
  },
  not_species: {
    group: SAY, keys: ["Shift+g"], title: "The genus, but not the suggested species",
    focus: (state) => higher(state, "genus", "not_the_suggested"), grid: (state) => labelMany(state, GENUS, "not_the_suggested"),
  },
  family: {
    group: SAY, keys: ["f"], title: "The family: cannot go finer",
    focus: (state) => higher(state, "family", "cannot_go_finer"), grid: (state) => labelMany(state, FAMILY, "cannot_go_finer"),
  },
  not_genus: {
    group: SAY, keys: ["Shift+f"], title: "The family, but not the suggested species",
    focus: (state) => higher(state, "family", "not_the_suggested"), grid: (state) => labelMany(state, FAMILY, "not_the_suggested"),
  },
  up: { group: SAY, keys: ["-"], title: "Propose one rank up: cannot go finer", focus: (state) => climb(state, -1) },
  up_not: { group: SAY, keys: ["_"], title: "Propose one rank up: not the suggested species", focus: (state) => climb(state, -1, "not_the_suggested") },
  down: { group: SAY, keys: ["="], title: "Propose one rank down", focus: (state) => climb(state, 1) },
  blank: { group: SAY, keys: ["b"], title: "No animal", focus: (state) => label(state, null), grid: (state) => labelMany(state, null) },
  unknown: {
    group: SAY, keys: ["u"], title: "An animal that nobody can name",
    focus: (state) => label(state, state.root, "cannot_go_finer"), grid: (state) => labelMany(state, state.root, "cannot_go_finer"),
  },
  person: { group: SAY, keys: ["p"], title: "A person is in the photo", focus: person },
  repeat: {
    group: SAY, keys: ["a", "r"], title: "The same as before",
    focus: (state) => state.last && label(state, state.last.taxon, state.last.reason),
    grid: (state) => state.last && labelMany(state, state.last.taxon, state.last.reason),
  },
  another: { group: SAY, keys: ["+"], title: "Another species is here too: the next label is about it", focus: another },

  count: { group: MORE, keys: ["n"], title: "How many: digits, then Enter", focus: (state) => chord(state, "count") },
  sex: { group: MORE, keys: ["s"], title: "Sex: then f or m", focus: (state) => chord(state, "sex") },
  stage: { group: MORE, keys: ["l"], title: "Life stage: then a, s or j", focus: (state) => chord(state, "stage") },
  certainty: { group: MORE, keys: ["t"], title: "How sure you are: then s, p or g", focus: (state) => chord(state, "certainty") },
  behaviour: { group: MORE, keys: ["h"], title: "What it does", focus: (state) => openDetails(state, "behaviour") },
  individual: { group: MORE, keys: ["j"], title: "Which individual", focus: (state) => openDetails(state, "individual") },
  note: { group: MORE, keys: ["o"], title: "A comment and no label", focus: note },
  flag: { group: MORE, keys: ["x"], title: "Flag it, or take the flag away", focus: flag },

  whole: { group: EVENT, keys: ["e"], title: "The next label is for the whole event", focus: whole },
  accept_all: { group: EVENT, keys: ["Shift+Enter"], title: "The whole event is what is proposed", focus: (state) => accept(state, true) },
  majority: { group: EVENT, keys: ["m"], title: "The whole event is what the model says most often in it", focus: majority },
  before: { group: EVENT, keys: ["["], title: "The photo before", focus: (state) => goTo(state, state.at - 1) },
  after: { group: EVENT, keys: ["]"], title: "The photo after", focus: (state) => goTo(state, state.at + 1) },
  play: { group: EVENT, keys: ["Space"], title: "Play the photos", focus: play },

  zoom: { group: PHOTO, keys: ["z"], title: "Closer, and back; then the arrows move the photo", focus: (state) => toggleZoom(state) },
  draw: { group: PHOTO, keys: ["d"], title: "Draw boxes around animals", focus: (state) => drawing(state) },
  unbox: { group: PHOTO, keys: ["Delete"], title: "Delete the chosen box", focus: deleteBox },
  card: { group: PHOTO, keys: ["c"], title: "The card of the proposed species", focus: openCard },
  history: { group: PHOTO, keys: ["i"], title: "What was said about this photo", focus: openHistory },
  similar: { group: PHOTO, keys: ["k"], title: "Photos that look alike, and what they are said to be", focus: openSimilar },
  compare: { group: PHOTO, keys: ["q"], title: "Compare with labelled photos of the likeliest species", focus: openCompare },
  reveal: { group: PHOTO, keys: ["w"], title: "Show a blurred photo", focus: reveal },

  toggle: { group: GRID, keys: ["Space"], title: "Select this photo, or not", grid: toggleTile },
  all: { group: GRID, keys: ["e"], title: "Select all", grid: (state) => chooseAll(state, true) },
  none: { group: GRID, keys: ["n"], title: "Select none", grid: (state) => chooseAll(state, false) },
  lasso: { group: GRID, keys: ["w"], title: "Select by drawing; Alt and drag does it too", grid: (state) => lassoing(state) },
  large: { group: GRID, keys: ["q"], title: "Look closer", grid: (state) => openLarge(state) },

  revisit: { group: GO, keys: ["ArrowLeft"], title: "Back to the last photo, without undoing", focus: revisit, always: true },
  skip: { group: GO, keys: ["ArrowRight"], title: "Look at it later, or go on", focus: skip },
  undo: { group: GO, keys: ["Ctrl+z", "Backspace"], title: "Undo", focus: undo, grid: undo, always: true },
  redo: { group: GO, keys: ["Ctrl+y", "y"], title: "Redo", focus: redo, grid: redo, always: true },
  grid: { group: GO, keys: ["v"], title: "Many photos at once, or one", focus: toggleGrid, grid: toggleGrid, always: true },
  help: { group: GO, keys: ["?"], title: "These keys", focus: openKeys, grid: openKeys, always: true },
}
// What may be said while a film runs, since it is not about the photo that is on screen.
const OF_EVENT = new Set(["accept_all", "majority", "whole"])

function act(state, name) {
  const action = ACTIONS[name]
  const run = state.mode === "grid" && state.current ? action?.grid : action?.focus
  if (!run || !state.current && !action.always) return
  if (stop(state) && (name === "play" || !state.whole && !OF_EVENT.has(name))) return
  state.$(".word").textContent = ""
  run(state)
}

function focusFind(state) {
  state.$("input[type=search]").focus()
}

function another(state) {
  state.subject = state.subject ? null : uuid()
  drawDetails(state)
}

function reveal(state) {
  state.revealed = state.revealed === state.current.sha256 ? null : state.current.sha256
  show(state)
}
