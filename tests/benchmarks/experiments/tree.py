"""E1: one consistent distribution. E2: the tree head against a flat one. E3: labels at any rank."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from core.decision import sharpen, softmax
from core.evaluation.hierarchical import hierarchical_scores
from core.evaluation.outcomes import compare
from core.evaluation.ranks import score_rank
from core.model.tree_head import HeadSpec
from core.taxonomy import Rank, Taxon, Taxonomy
from core.training.loop import without_prior
from tests.benchmarks.experiments.data import Embedded, Trained, fit_head, species_only
from tests.benchmarks.experiments.table import Claim, Outcome, gain, rows_of

SEEDS = (0, 1, 2)


def random_tree(rng: np.random.Generator) -> Taxonomy:
    """Return a tree of random shape; some lineages skip ranks."""
    taxa = [Taxon("r", Rank.KINGDOM, "R", None)]
    for rank in list(Rank)[1:]:
        above = [taxon for taxon in taxa if taxon.rank < rank]
        for number in range(int(rng.integers(1, 8))):
            parent = above[int(rng.integers(len(above)))]
            taxa.append(Taxon(f"{rank.label}{number}", rank, f"{rank.label} {number}", parent.id))
    leaves = [taxon.id for taxon in taxa if taxon.rank is Rank.SPECIES]
    return Taxonomy(taxa).subtree(leaves)


def e1(data: Embedded | None, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """Random trees and logits of three experts, before and after prior and rank temperatures."""
    worst = {"one expert": 0.0, "after a prior": 0.0, "after rank temperatures": 0.0}
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        tree = random_tree(rng)
        classes = [leaf.id for leaf in tree.leaves]
        logits = rng.normal(0, rng.uniform(0.5, 8), (3, len(classes)))
        prior = rng.dirichlet(np.ones(len(classes)))
        moved = softmax(logits + np.log(prior + 1e-9))
        heated = sharpen(moved, tree, classes, tuple(rng.uniform(0.4, 2.5, len(Rank))))
        for name, rows in zip(worst, (softmax(logits), moved, heated), strict=True):
            nodes = tree.sum_up(rows)
            for taxon in tree.order:
                children = [tree.index(child.id) for child in tree.children(taxon.id)]
                if children:
                    gap = np.abs(nodes[:, tree.index(taxon.id)] - nodes[:, children].sum(axis=1)).max()
                    worst[name] = max(worst[name], float(gap))
    rows = [[name, f"{value:.1e}", "0.0 %"] for name, value in worst.items()]
    if data is not None:
        rows.append(["a classifier for every rank on its own", "", f"{100 * independent(data):.1f} %"])
    return Outcome(
        "E1 Consistency",
        "1,000 random trees, three experts each: largest gap between P(parent) and the sum over its children. For comparison, "
        "logistic regressions for order, family, genus and species, trained apart on the photos: share of val photos whose four answers "
        "are no path of the tree.",
        ["what", "largest gap", "inconsistent photos"], rows,
        [Claim("P(parent) = Σ P(children) to 1e-6 for every expert, after prior and rank temperatures", max(worst.values()) < 1e-6)],
    )  # fmt: skip


def independent(data: Embedded) -> float:
    """Share of val photos for which classifiers of single ranks contradict each other."""
    train, val = species_only(data, data.rows("train")), species_only(data, data.rows("val"))
    found = []
    for rank in (Rank.ORDER, Rank.FAMILY, Rank.GENUS, Rank.SPECIES):
        names = np.array([data.taxonomy.ancestor(label, rank).id for label in data.labels[train]])  # type: ignore[union-attr]
        found.append(LogisticRegression(C=0.1, max_iter=200).fit(data.x[train], names).predict(data.x[val]))
    lineages = [{t.id for t in data.taxonomy.lineage(species)} for species in found[-1]]
    broken = [
        any(answer[row] not in lineage for answer in found[:-1]) for row, lineage in enumerate(lineages)
    ]
    return float(np.mean(broken))


def figures(data: Embedded, made: Trained, val: np.ndarray) -> dict[str, float]:
    """Judge a head on val as the finished model would answer."""
    task = made.task
    rows = np.array([r for r in val if data.photos[r].label in task.classes])
    probabilities = softmax(without_prior(made.logits(data.x[rows]), task))
    labels = [str(label) for label in data.labels[rows]]
    found = compare(y_true=labels, y_prob=probabilities, classes=task.classes, taxonomy=task.taxonomy)
    scores = {rank.label: score_rank(one) for rank, one in zip(Rank, found.ranks, strict=True)}
    pairs = [
        (label, task.classes[guess]) for label, guess in zip(labels, found.guess, strict=True)
        if label in task.taxonomy and task.classes[guess] in task.taxonomy
    ]  # fmt: skip
    tree = hierarchical_scores(
        y_true=[t for t, _ in pairs], y_pred=[g for _, g in pairs], taxonomy=task.taxonomy
    )
    return {
        "top-1": float(found.right.mean()), "species F1": scores["species"].macro_f1, "genus F1": scores["genus"].macro_f1,
        "family F1": scores["family"].macro_f1, "severity": tree.severity or 0.0, "distance": tree.distance,
    }  # fmt: skip


COLUMNS = ("top-1", "species F1", "genus F1", "family F1", "severity", "distance")


def e2(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """All labels exact; the same head with and without vectors above the species."""
    train, val = data.rows("train"), data.rows("val")
    kinds = {
        "flat softmax": HeadSpec(shared=False), "tree (default)": HeadSpec(), "tree, features per rank": HeadSpec(width=128),
    }  # fmt: skip
    found: dict[str, dict[str, list[float]]] = {}
    for name, spec in kinds.items():
        for seed in seeds:
            for key, value in figures(data, fit_head(data, train, val, seed=seed, spec=spec), val).items():
                found.setdefault(name, {}).setdefault(key, []).append(value)
    flat, tree = found["flat softmax"], found["tree (default)"]
    top, half = gain(tree["top-1"], flat["top-1"])
    severity = float(np.mean(tree["severity"]) / np.mean(flat["severity"]) - 1)
    ranks = all(gain(tree[key], flat[key])[0] >= 0 for key in ("genus F1", "family F1"))
    return Outcome(
        "E2 The tree head costs nothing",
        f"{len(train):,} photos, all with exact labels, three experts; judged on {len(val):,} val photos. Mean ± 95 % half width over "
        f"{len(seeds)} seeds. Severity: ranks from a mistake up to what truth and guess share.",
        ["head", *COLUMNS], rows_of(found, COLUMNS),
        [
            Claim(f"top-1 at least that of the flat head less 0.5 points ({100 * top:+.2f} ± {100 * half:.2f})", top >= -0.005),
            Claim(f"mistakes at least 3 % less severe ({100 * severity:+.1f} %)", severity <= -0.03),
            Claim("genus and family F1 not lower", ranks),
        ],
    )  # fmt: skip


def e3(data: Embedded, seeds: tuple[int, ...] = SEEDS) -> Outcome:
    """A share of the labels is only known to the genus or family; learn from them, or drop them."""
    train, val = data.rows("train"), data.rows("val")
    found: dict[str, dict[str, list[float]]] = {}
    shares = (0.0, 0.3, 0.5, 0.7, 0.9)
    for share in shares:
        for seed in seeds:
            rng = np.random.default_rng([seed, 7])
            coarse = rng.random(len(train)) < share
            for label in np.unique(
                data.labels[train]
            ):  # a species without an exact photo could not be learnt at all
                here = np.flatnonzero(data.labels[train] == label)
                coarse[here[0]] = False
            labels = [
                _parent(data, str(label)) if c else str(label)
                for label, c in zip(data.labels[train], coarse, strict=True)
            ]
            kept = fit_head(data, train, val, seed=seed, labels=labels)
            dropped = fit_head(data, train[~coarse], val, seed=seed)
            for name, made in (("all labels", kept), ("exact only", dropped)):
                for key, value in figures(data, made, val).items():
                    found.setdefault(f"{share:.0%} coarse, {name}", {}).setdefault(key, []).append(value)
    claims = []
    for share in shares[2:]:
        ours, theirs = found[f"{share:.0%} coarse, all labels"], found[f"{share:.0%} coarse, exact only"]
        genus, half = gain(ours["genus F1"], theirs["genus F1"])
        species, width = gain(ours["species F1"], theirs["species F1"])
        claims.append(
            Claim(
                f"{share:.0%} coarse: genus F1 higher ({100 * genus:+.1f} ± {100 * half:.1f} points)",
                genus - half > 0,
            )
        )
        claims.append(
            Claim(
                f"{share:.0%} coarse: species F1 not lower ({100 * species:+.1f} ± {100 * width:.1f} points)",
                species + width >= 0,
            )
        )
    columns = ("top-1", "species F1", "genus F1", "family F1")
    return Outcome(
        "E3 Labels at any rank help",
        "A share of the train labels is replaced by the parent taxon; every species keeps one exact photo. “Exact only” drops what was "
        "replaced. Val labels stay exact.",
        ["labels", *columns], rows_of(found, columns), claims,
    )  # fmt: skip


def _parent(data: Embedded, label: str) -> str:
    return (data.taxonomy.get(label).parent or label) if label in data.taxonomy else label
