"""The one label that is not a taxon."""

BLANK = "blank"  # a frame without an animal
