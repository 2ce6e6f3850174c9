"""Run experiments on the methods and print their tables; `--write` keeps them in docs/experiments.md.

    python -m tests.benchmarks.experiments --photos DIR --manifest CSV --init FILE [--cache DIR] [--write] [E2 E4 ...]

Those that need photos are left out without them. Photos of the split test are never read.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tests.benchmarks.experiments import blocks, cameras, corrections, doubt, guards, suspicion, tail, tree
from tests.benchmarks.experiments.data import Embedded, load
from tests.benchmarks.experiments.table import Outcome

DOCUMENT = Path(__file__).parents[3] / "docs" / "experiments.md"
EXPERIMENTS: dict[str, tuple[Callable[..., Outcome], bool]] = {  # and whether photos are needed
    "E1": (tree.e1, False), "E2": (tree.e2, True), "E3": (tree.e3, True), "E4": (tail.e4, True), "A5": (tail.a5, False),
    "E5": (tail.e5, True), "E6": (tail.e6, True), "E8": (guards.e8, False), "E10": (guards.e10, False),
    "E11": (guards.e11, False), "E12": (doubt.e12, True), "E13": (doubt.e13, True), "E14": (doubt.e14, True), "E15": (corrections.e15, True), "E16": (tail.traps, True),
    "E17": (corrections.e17, True), "E18": (corrections.e18, True), "E19": (suspicion.e19, True),
    "E20": (blocks.e20, True), "E21": (cameras.e21, True),
}  # fmt: skip
INTRO = """# Experiments

What the methods are worth, also where they are worth nothing. Each table is printed by

    python -m tests.benchmarks.experiments --photos DIR --manifest CSV --init FILE NAME

with the photos that the bundled model learnt from and the ImageNet weights that it started from (`--write` keeps
the tables here). Heads are trained on frozen embeddings of these weights, reduced to 256 directions, so that a method is compared with
another and not with a longer training; photos of the split test are never read. Figures are means over seeds ± half
a 95 % interval of that mean (Student's t).

Most claims are pass rules set beforehand; those of A5, E16 and E21 were written with the experiment. **The
methods were not fixed beforehand.** After seeing these same photos or problems we changed, and ran again: the gates of the guessed
mixture (E6; their thresholds are chosen on its tests), the anchor of EM and the noise of the features (A5; set so that softmax lands on the
published figures), the rule of the valley (E11), the score for doubtful labels (E14), the number of steps for few photos (E4), the baseline
of E10, and the rotation of the embeddings (all). That these claims hold now is therefore weak evidence; fresh photos have to confirm them.

What followed: mixtures are guessed only where different photos speak for it, and EM is held to its anchor (E6, A5); the weights of SADE
are not served, since guessing the mixture does better where the mixture is far from that of training (E5, A5); strangers are told by the
expert that learnt the labels as they are, not by the mean (E13); doubtful labels are ranked by their margin, not class by class (E14);
imprinting is there for new species, and not done in training, since it takes from the others what it gives to the rarest (E4); the tree
head stays because of labels at any rank (E3), not because of exact ones (E2).

**Learning from corrections** (E15, E17, E18) runs `core/training/finetune.py` itself, on whole embeddings, 1,280 directions of the default model or of the ImageNet
weights. Before the tables were made we changed, on the same photos: the solver (steps of AdamW on drawn batches, rate 1e-3, lost 1 to 4 points of golden macro-F1 where
L-BFGS loses what the table says), what is fitted afterwards (temperature and slope fitted anew on fewer photos cost 1.4 points with no weight changed; now only
the temperature is), and the photos that choose how far to go (held-out corrections alone were too few). The last stages of the backbone are left
alone there: what that does to photos that are only remembered as embeddings cannot be judged (E20 has the photos). Then, with seeds 10 to 12, which divide the same photos in
other ways and are in no table: learning goes on until the loss stands still; the old answers about remembered photos are held on to three times as firmly, and leave newcomers out
(they had held the loud first guess of a newcomer); how quiet a newcomer starts and ends is read from the tail of what photos of others score; of mixtures that differ by about
one photo the furthest is taken. Last, after a table of seeds 0 to 2 had been seen in which up to a fifth of 200 corrections were not right afterwards: the head learns under the slope of the prior that
is carried over (`offsets` in `core/training/course.py`). Learning had got all of them right in the raw scores, and that slope (-1.5 on the log of how common a species was) then raised rare species by more
than the margin. It was tried on one of these three seeds before all were run again.

- **Corrected photos** (E15): in every row at least 94 % are right, those that were held out and not learnt included.
- **Golden photos** (E15): the head on a third of the photos gains, up to 4.6 points. The default model stays within the 0.5 points in nine rows of ten; after the third round of 50 it has lost 0.6 (95 % interval of the mean
  from -1.5 to +0.3), which misses the limit. One photo decides this: 99 of the 124 golden species have one to four golden photos, and with one seed a sheep that is now called a cow and a sperm whale
  that is called a beluga cost 1.7 points together. Over the species with five or more it is -0.04 at worst, and of all golden photos 0.2 points fewer are right. These two columns, and seeds 3 and 4 of the default model, were added
  after the first three seeds had been seen, where the worst row was -1.0. Plain fine-tuning costs the default model 11 to 16 points.
- **Newcomers** (E17, E18): they claim three of a thousand photos of others, at a recall of 85 %, and 68 % of the other frames of a new camera-trap project are right, where none were. Web photos lose nothing; the others of E17 lose 0.6,
  still above the limit of 0.5 that we set. Before newcomers were quieted it was eight of a hundred, 98 %, 76 %, 2.3 and 5.4 points. A part that is known: the memory keeps photos in 256 directions, and a newcomer
  reads others too, so that it is a little louder among real photos than among remembered ones.
- **How it was run**: a process for each seed, `e15_default`, `e15_third`, `e17_seeds` and `e18_seeds` of `tests/benchmarks/experiments/corrections.py`, on one core of two beside other work; the command above runs the same, with seeds 0 to 2.
  A lesson takes 6 to 13 s with its photos looked at before, and less than 1 GB.

**What these photos allow on camera traps** (E16, E21). Version 2 named 65.3 % of the 118 camera-trap frames of the test; the bar was 72 %. Where bursts, or cameras, of train and val are left
out in turn and parts are mixed as in the test, a probe on frozen features names 70 or 68 %, below the bar. Two parts decide. The species of wildcam-gorongosa have two frames each, and
leaving one out leaves one: 4 to 7 % are named, where version 2, with both, named 9 of 17 in the test. With these 9 of 17 it is 77 or 74 %, above the bar. And the 12 empty frames of the test
are of a camera whose train frames show mule deer: version 2 called them all mule deer, where 87 to 93 % of the empty frames that are left out are known. With these 12 wrong, too, it is 68 or 66 %,
which is what the one look found. So the data would allow the bar on empty frames as they are elsewhere; they do not while this camera's are taken for deer. Then 85 of the other 106 frames must be right,
and the curves ask for about 800 frames (315 to 4,442) of these cameras, or 1,000 (553 to 3,310) if the cameras are new, where train has 412. The first is more likely too low than too high: the last doubling brings
less than the fitted power law where only bursts are left out. A few empty frames of that camera would do more than any number of others.

What E21 cannot say: how well a project is named that was never seen, since its species are mostly in no other (10 of 78 coyotes are right); whether cameras without a name are truly apart, since only looks tell; and what
training the backbone adds, since the probe does not (on val, E16 has 82 % and version 2, by its card, 86 %). It was first tried with tree heads, which for one seed came to 64 % with cameras left out, and is now made with logistic
regressions, which are faster; the two columns that take shares from the report were added after the first table. The look itself is not fine enough to decide: with 118 frames
in few bursts, its 95 % interval is 50.4 to 78.4 %, and to tell 65 from 72 % takes about 500 such frames. Tried on left-out cameras with one or two seeds, without a clear gain, hence no new version: grey, mirrored and
centre-cropped copies of the frames, frames counted threefold, taking out the directions in which cameras differ most within a species, and the mean with the mirrored frame.

**The scenery of a camera is learnt, and that can be shown without the test photos.** Two frames of one burst give the scenery without the animal
(`core/training/bursts.py`). The train split yields eight such frames, of scenes with mule deer, coyote and wild boar. The default model, which had not seen them, calls the four of
the deer scenes mule deer at more than 99 %. Trained on with them (`train --init assets/models/fieldmark-2 --keep last`, three epochs and then eight), it calls these four empty at
53 to 82 %, but only these: on emptied frames of other scenes, and of one of the same scenes in other light, it still names an animal; and macro-F1 on val falls by 0.8 points
(95 % interval -2.2 to +0.2), more than the gate allows. The average with the default model in equal shares passes the gate and names the deer again, at 94 % and more. So
the default model stays as it is; no test photo was looked at again. The method stays too: whoever trains with bursts of their own cameras gets these frames.

"""


def main() -> int:
    """Run what was asked for; the exit status is 0 whatever the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXPERIMENTS))
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--init", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("data") / "experiments")
    parser.add_argument("--write", action="store_true")
    wishes = parser.parse_args()
    names = wishes.names or list(EXPERIMENTS)
    if unknown := [name for name in names if name not in EXPERIMENTS]:
        parser.error(f"{unknown[0]} is none of {', '.join(EXPERIMENTS)}")
    data: Embedded | None = None
    if wishes.photos and wishes.manifest and wishes.init:
        data = load(wishes.photos, wishes.manifest, wishes.init, wishes.cache)
    parts = {}
    for name in names:
        run, needs_photos = EXPERIMENTS[name]
        if needs_photos and data is None:
            print(f"{name} needs --photos, --manifest and --init; left out", file=sys.stderr)
            continue
        start = time.monotonic()
        text = run(data).markdown() + f"\n{date.today()}, {time.monotonic() - start:.0f} s.\n"
        print(text, flush=True)
        parts[name] = text
        if wishes.write:
            write(parts)
    return 0


def write(parts: dict[str, str]) -> None:
    """Keep new tables in the document, and those that were not run again as they were."""
    old = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.is_file() else INTRO
    sections = {text.split(" ", 1)[0]: "## " + text for text in old.split("\n## ")[1:]}
    sections |= parts
    ordered = [sections[name].rstrip() + "\n" for name in EXPERIMENTS if name in sections]
    DOCUMENT.write_text(INTRO + "\n".join(ordered), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
