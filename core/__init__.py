"""Fieldmark's engine, without any screen.

Read the rooms in this order: `taxonomy` (what can be named), `media` (photos, however broken),
`model` (from pixels to probabilities), `decision` (from probabilities to an answer one can stand
behind), `species` (the cards), `store` (what people said, for ever), `training` (how the model is
made), `formats` (what leaves the house), and `identify`, the service that joins them.
"""
