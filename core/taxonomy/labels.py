"""Labels that are not taxa: they speak of the whole photo."""

BLANK = "blank"  # a frame without an animal
HUMAN = "human"
VEHICLE = "vehicle"
OTHER = "other"  # an animal that is none of the listed species

FLAGS = (BLANK, HUMAN, VEHICLE, OTHER)
FLAG_NAMES = {
    "empty": BLANK, "blank": BLANK, "human": HUMAN, "person": HUMAN, "homo sapiens": HUMAN, "vehicle": VEHICLE,
    "car": VEHICLE,
}  # fmt: skip
