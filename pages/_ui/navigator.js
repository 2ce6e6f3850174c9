// Links between our screens change the screen without loading the page anew, so that the photos of a session
// stay. With a modifier key, a middle click or without this script they are ordinary links.
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement)
    if (!link || !link.classList.contains("fm-go")) return
    event.preventDefault()
    const address = new URL(link.href)
    setTriggerValue("go", {
      page: address.pathname.split("/").pop(),
      parameters: Object.fromEntries(address.searchParams),
    })
    window.scrollTo({ top: 0 })
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 })
  }
  document.addEventListener("click", follow)
  return () => document.removeEventListener("click", follow)
}
