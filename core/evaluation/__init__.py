"""How good a model is, from labelled photos, through the same code that serves it."""
