"""What a reader must know before using the numbers: what was withheld, what a person corrected, how it was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from imutrack import words
from imutrack.flags import INFORMATIONAL, Flag, FlagCode, Quality
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.findings import Findings, Found, SetFound, StanceFound, TestFound

__all__ = [
    "Note",
    "corrections",
    "count",
    "flagged",
    "how_measured",
    "names_withheld",
    "reasons",
    "set_aside",
    "title",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line: what it is about, and what there is to know."""

    about: str
    text: str


def title(found: Found) -> str:
    """Return what a result is of, with its side."""
    if isinstance(found, SetFound):
        return wording.of_side(wording.exercise_name(found.exercise), found.side)
    if isinstance(found, StanceFound | TestFound):
        return wording.of_side(wording.trial_name(found.trial, found.kind), found.side)
    return wording.ABSENT


def corrections(everything: Iterable[Found]) -> list[Note]:
    """Return one note per result that a person corrected, the newest first: what, who, and why."""
    return [
        Note(about=f"{title(found)}, {wording.day_short(found.day)}", text=_corrected(found))
        for found in sorted(everything, key=lambda found: -found.start)
        if found.corrected_by
    ]


def set_aside(case: Case) -> list[Note]:
    """Return one note per result or entry that is not used, the newest first: what, who, and why."""
    return [
        Note(
            about=f"{wording.first_upper(said.about)}, {wording.day_short(said.day)}" if said.day else said.about,
            text=said.text + (f", by {said.by}" if said.by else ""),
        )
        for said in case.aside
    ]


def count(found: SetFound) -> str:
    """Return the count of a set, with the one it replaces where somebody corrected it."""
    return words.count_text(found.reps, found.reps_low, found.reps_high, found.reps_counted, found.corrected_by)


def _corrected(found: Found) -> str:
    if isinstance(found, SetFound) and found.why:
        return f"repetitions {count(found)}: {found.why}"
    if found.corrected:
        return f"{found.corrected}, by {found.corrected_by}"
    return f"repetitions {count(found)}" if isinstance(found, SetFound) else f"corrected by {found.corrected_by}"


def flagged(everything: Sequence[Found]) -> list[Note]:
    """Return one note per exercise and reason: first what was withheld, then what asks for care, then what informs.

    What only informs is said once, of all exercises together.
    """
    groups: dict[tuple[int, str, tuple[str, ...], tuple[FlagCode, ...]], list[Found]] = {}
    for found in everything:
        cautions = tuple(dict.fromkeys(flag.code for flag in found.flags if flag.code not in INFORMATIONAL))
        if found.withheld or found.quality is Quality.WITHHELD:
            groups.setdefault((0, title(found), found.withheld, cautions), []).append(found)
        elif cautions:
            groups.setdefault((1, title(found), (), cautions), []).append(found)
        for code in dict.fromkeys(flag.code for flag in found.flags if flag.code in INFORMATIONAL):
            groups.setdefault((2, "", (), (code,)), []).append(found)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1])))
    return [_note(names, codes, results) for (_, _, names, codes), results in ordered]


def reasons(found: Found, codes: Sequence[FlagCode] | None = None) -> str:
    """Return what was withheld of a result and why, in words; empty where there is nothing to say.

    Args:
        found: the result.
        codes: the flags to speak of; None means all.
    """
    flags = tuple(flag for flag in found.flags if codes is None or flag.code in codes)
    names = words.withheld_text(names_withheld(found, flags))
    said = words.flags_text(flags)
    if not names:
        return said
    return f"{names} withheld: {said}" if said else f"{names} withheld"


def names_withheld(found: Found, flags: Sequence[Flag] | None = None) -> tuple[str, ...]:
    """Return the names of what is withheld; a count that is shown as a range is not, its flag says so."""
    unsure = any(flag.code is FlagCode.REPS_UNSURE for flag in (found.flags if flags is None else flags))
    return tuple(name for name in found.withheld if not (unsure and name == "reps"))


def _note(names: tuple[str, ...], codes: tuple[FlagCode, ...], results: Sequence[Found]) -> Note:
    said_each = [reasons(replace(found, withheld=names), codes) for found in results]
    said = said_each[-1]
    if len(set(said_each)) > 1:  # the numbers differ
        said += " (the last time)"
    return Note(
        about=_about(results),
        text=said or "withheld, the reason was not kept",
    )


def _about(results: Sequence[Found]) -> str:
    titles = {title(found) for found in results}
    if len(titles) > 1:
        return f"{len(titles)} exercises and tests, {wording.days_list({found.day for found in results})}"
    return f"{title(results[0])}, {wording.days_list(found.day for found in results)}"


def how_measured(findings: Findings) -> list[str]:
    """Return how the numbers came about, only for what the page shows."""
    lines = []
    if any(found.rom_best3_deg is not None for found in findings.sets):
        lines += [_angles(findings), wording.RANGE_RULE]
    if any(found.hold_s is not None for found in findings.sets):
        lines.append(wording.TEMPO_RULE)
    if any(found.side for found in findings.sets):
        lines.append(wording.SIDE_RULE)
    if any("rms_mps2" in found.sway for found in findings.stances):
        lines.append(wording.SWAY_RULE)
    if any("cop_rms_m" in found.sway for found in findings.stances):
        lines.append(wording.PLATE_RULE)
    if not findings.everything:
        return lines
    lines.append(
        "Methods and their versions: "
        + ", ".join(dict.fromkeys(found.algorithm for found in findings.everything))
        + "."
    )
    return lines


def _angles(findings: Findings) -> str:
    """Say what each angle is of; exercises with the same words stand together."""
    by_words: dict[str, dict[str, None]] = {}
    for found in findings.sets:
        if found.rom_best3_deg is not None:
            said = wording.movement(found.exercise, found.placement)
            by_words.setdefault(said, {})[wording.exercise_name(found.exercise)] = None
    listed = [f"{wording.first_upper(said)}: {wording.at_most(list(names))}" for said, names in by_words.items()]
    return "; ".join(listed) + "."
