// Any taxon by any name: what is typed is compared with all names of the taxonomy, in the browser.
const HITS = 6
const RANKS = ["kingdom", "phylum", "class", "order", "family", "genus", "species"]

function find(state) {
  const wanted = fold(state.$("input[type=search]").value)
  const found = []
  if (wanted) {
    for (const taxon of state.taxa) {
      const at = taxon.folded ??= taxon.names.map(fold)
      const score = Math.min(...at.map((name, index) => matched(name, wanted) + (index ? 0.5 : 0))) // the shown name first
      if (score < 9) found.push([score, taxon])
    }
    // Puma is a genus too: who types a name that both have means the finer one.
    found.sort(([one, a], [other, b]) => one - other || RANKS.indexOf(b.rank) - RANKS.indexOf(a.rank))
  }
  const hits = found.slice(0, HITS).map(([, taxon], index) => {
    const li = row({ id: taxon.id, name: taxon.names[0], scientific: taxon.names[1] ?? "" }, taxon.rank)
    li.firstChild.setAttribute("aria-current", String(index === 0))
    li.firstChild.dataset.rank = taxon.rank
    return li
  })
  const none = wanted && !hits.length ? [make("li", { class: "none" }, "No such name. Try a group, such as bird.")] : []
  state.$(".hits").replaceChildren(...hits, ...none)
}
function matched(name, wanted) {
  if (name === wanted) return 0
  return name.startsWith(wanted) ? 1 : name.includes(` ${wanted}`) ? 2 : name.includes(wanted) ? 3 : 9
}

function typing(state, event) {
  const hits = [...state.$$(".hits button")]
  const at = Math.max(0, hits.findIndex((hit) => hit.getAttribute("aria-current") === "true"))
  if (event.key === "Escape") leaveFind(state)
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length)
    hits.forEach((hit, index) => hit.setAttribute("aria-current", String(index === next)))
  } else if (event.key === "Enter" && hits.length) found(state, hits[at], event.shiftKey)
  else return
  event.preventDefault()
  event.stopImmediatePropagation()
}

// A group is a label that goes no finer; with Shift it is one that is not the suggested species.
function found(state, hit, not) {
  const { taxon, rank } = hit.dataset
  const reason = rank === "species" ? "none" : not ? "not_the_suggested" : "cannot_go_finer"
  leaveFind(state)
  if (state.mode === "grid") labelMany(state, taxon, reason)
  else label(state, taxon, reason)
}

function leaveFind(state) {
  state.$("input[type=search]").value = ""
  find(state)
  state.$(".review").focus({ preventScroll: true })
}
