// How acts reach the server: sent again until they are acknowledged; meanwhile they wait in localStorage.
const RESEND_MS = 1500
const PATIENCE_MS = 20000 // a server that waits for a busy database answers within ten seconds
const HOLD_MS = 60000 // between two words on which photos are here, so that nobody else is given them
const READ_MS = 8000

// One message is under way at a time; what is said meanwhile goes with the next, so that a burst of keys is a few
// messages and not one for each. All that is pending is sent each time, since an answer may be lost.
async function flush(state) {
  if (state.sending || Date.now() - state.failedAt < RESEND_MS) return
  state.sending = true
  let settled = 0
  try {
    const request = { method: "POST", body: JSON.stringify(message(state)), signal: AbortSignal.timeout(PATIENCE_MS) }
    const answer = await fetched(state.acts, request)
    settled = acknowledge(state, answer)
    trouble(state, answer.said.join(" "), answer.said.length ? READ_MS : 0)
  } catch (error) {
    const silent = error instanceof TypeError || error.name === "TimeoutError"
    trouble(state, silent ? "Not saved yet: Fieldmark does not answer." : error.message)
  }
  state.sending = false
  state.failedAt = settled ? 0 : Date.now()
  if (state.pending.length) flush(state)
}

function message(state) {
  const found = { acts: state.pending, session: state.session }
  if (state.low === null || Date.now() - state.heldAt < HOLD_MS) return found
  state.heldAt = Date.now()
  return { ...found, held: state.queue.flatMap((entry) => entry.members.map((member) => member.sha256)) }
}

// Takes off what need not be sent again, and returns how many acts that were.
function acknowledge(state, { settled, labelled, total }) {
  const known = new Set(settled), left = state.pending.filter((act) => !known.has(act.id))
  const count = state.pending.length - left.length
  Object.assign(state, { pending: left, labelled, total })
  keep(state)
  status(state)
  return count
}

function keep(state) {
  store(state.storage, state.pending.length ? state.pending : null)
}

// Why something is not saved: stays until all goes well again, and long enough to be read.
function trouble(state, text, stays = 0) {
  if (!text && Date.now() < state.troubleUntil) return
  const line = state.$(".trouble")
  state.troubleUntil = Date.now() + stays
  line.textContent = text
  line.hidden = !text
}
