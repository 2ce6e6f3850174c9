"""Labels that are not taxa: they speak of the whole photo."""

BLANK = "blank"  # a frame without an animal
HUMAN = "human"
VEHICLE = "vehicle"
OTHER = "other"  # an animal that is none of the listed species

FLAGS = (BLANK, HUMAN, VEHICLE, OTHER)
