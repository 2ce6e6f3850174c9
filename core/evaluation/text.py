"""The figures as text, for a terminal."""

from collections.abc import Callable, Mapping

from core.evaluation.gate import Verdict
from core.evaluation.gate_report import GateReport
from core.evaluation.metrics import Evaluation
from core.evaluation.report import Report
from core.training.results import FinetuneResult

PAIRS = 10


def report_text(report: Report) -> str:
    """Return a block per kind of photo, then what the whole split has to tell."""
    parts = [scores_text({"all": report.all, **report.by_kind}), _confused(report), _shifted(report)]
    if report.novelty:
        n = report.novelty
        parts.append(
            f"{n.strange} photos of unlisted species against {n.known} of listed ones: AUROC {n.auroc:.4f}, "
            f"FPR95 {n.fpr95:.4f} (maximum softmax: AUROC {n.softmax_auroc:.4f})\n"
            f"  at the app's threshold {n.threshold:.3f}: {n.found:.1%} of the strangers found, "
            f"{n.accepted:.1%} of the listed accepted"
        )
    if report.unreadable:
        names = ", ".join(f"{one.file} ({one.code})" for one in report.unreadable[:5])
        more = f" and {len(report.unreadable) - 5} more" if len(report.unreadable) > 5 else ""
        parts.append(f"not judged, cannot be read: {names}{more}")
    if report.unknown:
        parts.append(f"not judged, of species that the model does not know: {report.unknown} photos")
    return "\n\n".join(part for part in parts if part)


def verdict_text(verdict: Verdict | GateReport) -> str:
    """Return what changed against an older model, and whether the new one may take its place."""
    lines = [f"against the older model, on {verdict.n} photos:"]
    for one in verdict.changes:
        lines.append(
            f"  {one.name}: {one.old:.4f} -> {one.new:.4f} ({100 * (one.new - one.old):+.2f} points, 95 % interval "
            f"{100 * one.low:+.2f} to {100 * one.high:+.2f})"
        )
    lines += [f"  objection: {text}" for text in verdict.objections]
    return "\n".join([*lines, "  it may take its place" if verdict.passes else "  it may not take its place"])


def finetuned_text(result: FinetuneResult, name: Callable[[str], str]) -> str:
    """Return what was learnt from what, and what changed, for a terminal.

    Args:
        name: From a class to what people call it.
    """
    before, after = result.before, result.after
    lines = [f"learnt from {result.learnt} corrections, {result.held_out} more judged"]
    lines += [f"  {reason}" for reason in result.reasons]
    reasons = [one.reason for one in result.left_out]
    lines += [f"  left out {reasons.count(reason)}: {reason}" for reason in dict.fromkeys(reasons)]
    lines.append(f"corrected photos right: {before.corrected_right:.0%} -> {after.corrected_right:.0%}")
    if before.held_out_macro_f1 is not None and after.held_out_macro_f1 is not None:
        lines.append(
            f"held-out corrections, macro-F1: {before.held_out_macro_f1:.3f} -> {after.held_out_macro_f1:.3f}"
        )
    lines.append(f"photos of before, macro-F1: {before.old_macro_f1:.3f} -> {after.old_macro_f1:.3f}")
    for one in result.changes:
        was, now = round(one.before * one.photos), round(one.after * one.photos)
        lines.append(f"  {name(one.label)}: {was} of {one.photos} photos right -> {now}")
    return "\n".join([*lines, f"{result.seconds:.0f} s"])


def scores_text(scores: Mapping[str, Evaluation]) -> str:
    """Return a block per kind of photo."""
    return "\n\n".join("\n".join(_block(kind, one)) for kind, one in scores.items())


def _block(kind: str, s: Evaluation) -> list[str]:
    balanced = "" if s.balanced_accuracy is None else f", balanced over species {s.balanced_accuracy:.4f}"
    coarse = f", {s.coarse} more with a label above the species" if s.coarse else ""
    return [
        f"{kind}: {s.n} photos{coarse}",
        f"  macro-F1 {_judged(s)}{s.macro_f1_all:.4f} over all classes",
        f"  blanks recognised: {_blanks(s)}",
        f"  accuracy {s.accuracy:.4f}, macro accuracy {s.macro_accuracy:.4f}{balanced}",
        f"  ECE {s.ece:.4f}, Brier {s.brier:.4f}, NLL {s.nll:.4f}",
        f"  answers: {_shares(s.answered)}; "
        f"wrong statements {s.answer_error:.1%}, their ECE {s.answer_ece:.4f}, information kept {s.information:.1%}",
        *_served(s),
        *_tree(s),
        f"  {'rank':<8} {'n':>6} {'top-1':>7} {'top-3':>7} {'top-5':>7} {'macro-F1':>9} {'balanced':>9}",
        *(
            f"  {r.rank:<8} {r.n:>6} {r.top_1:7.4f} {r.top_3:7.4f} {r.top_5:7.4f} {r.macro_f1:9.4f} {r.balanced_accuracy:9.4f}"
            for r in s.ranks
        ),
    ]


def _blanks(s: Evaluation) -> str:
    return "none here" if s.blank_recall is None else f"{round(s.blank_recall * s.blanks)} of {s.blanks}"


def _judged(s: Evaluation) -> str:
    if s.macro_f1 is None:
        return ""
    return f"{s.macro_f1:.4f} over {s.species_judged} species with at least 5 photos, "


def _shares(outcomes: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in outcomes.items())


def _served(s: Evaluation) -> list[str]:
    if s.served is None:
        return []
    return [
        f"  with the novelty check: {_shares(s.served.outcomes)}; wrong {s.served.error:.1%}, "
        f"information kept {s.served.information:.1%}"
    ]


def _tree(s: Evaluation) -> list[str]:
    lines = [f"  95 % intervals: {', '.join(f'{k} {a:.3f}-{b:.3f}' for k, (a, b) in s.intervals.items())}"]
    if s.by_frequency:
        shares = ", ".join(f"{name} {value:.3f}" for name, value in s.by_frequency.items())
        lines.append(f"  accuracy by number of training photos: {shares}")
    if s.hierarchical:
        h = s.hierarchical
        severity = "no mistakes" if h.severity is None else f"mistakes {h.severity:.2f} ranks up"
        lines.append(f"  hierarchical F1 {h.f1:.4f}; common ancestor {h.distance:.3f} ranks up, {severity}")
    if s.exact_path is not None:
        lines.append(f"  right at every rank at once {s.exact_path:.4f}")
    tree = "" if s.area_under_tree_risk is None else f", of answers that climb {s.area_under_tree_risk:.4f}"
    return [*lines, f"  area under the risk-coverage curve {s.area_under_risk:.4f}{tree}"]


def _confused(report: Report) -> str:
    if not report.confused:
        return "no photo was taken for another species"
    lines = ["most often taken for another:"]
    for pair in report.confused[:PAIRS]:
        truth, guess = report.names[pair.truth].scientific, report.names[pair.guess].scientific
        shared = f"same {pair.shared_rank}" if pair.shared_rank else "scene"
        lines.append(f"  {pair.count:>4}  {truth} -> {guess} ({shared}, {pair.share:.0%} of its photos)")
    return "\n".join(lines)


def _shifted(report: Report) -> str:
    if not report.shifted:
        return ""
    lines = [
        "the same photos in other mixtures, accuracy:",
        f"  {'mixture':<14} {'equal':>7} {'adapted':>8} {'known':>7}",
    ]
    for test in report.shifted:
        adapted = "-" if test.adapted is None else f"{test.adapted:.4f}"
        lines.append(f"  {test.kind:<8} {test.ratio:>5g} {test.equal:7.4f} {adapted:>8} {test.known:7.4f}")
    return "\n".join(lines)
