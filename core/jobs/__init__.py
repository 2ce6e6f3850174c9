"""Work that takes minutes, done by a process of its own: it survives closing the page, and says how far it is."""
