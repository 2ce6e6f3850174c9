// Making elements, and the few words about time and names that everything else uses.
function make(tag, set = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(set)) {
    if (value === null || value === undefined) continue
    if (name === "class") element.className = value
    else if (name === "data") Object.assign(element.dataset, value)
    else if (name in element) element[name] = value
    else element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

const now = () => new Date().toISOString()
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
  (Number(c) ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> Number(c) / 4).toString(16))
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()
const between = (low, value, high) => Math.min(high, Math.max(low, value))
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches

function stored(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise } catch { return otherwise }
}

function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, JSON.stringify(value))
  } catch { /* a full or forbidden storage only costs what a crash of the browser would */ }
}
