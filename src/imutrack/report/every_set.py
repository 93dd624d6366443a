"""``--full``: every set with its repetitions, every trial and test with its numbers, as they are shown."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from imutrack.report import wording
from imutrack.report.curves import left_out
from imutrack.report.findings import Findings, Found, SetFound, StanceFound, TestFound
from imutrack.report.notes import count, reasons, title
from imutrack.report.trials import ellipse_area, outcome, sway_size
from imutrack.results import RepDetail
from imutrack.stores.schema import MEASUREMENTS

__all__ = ["Block", "RepRow", "every_set", "every_trial"]


_RAISED: Final = str.maketrans("23456", "²³⁴⁵⁶")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """One repetition."""

    number: str
    at: str
    range: str
    outward: str
    hold: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One result: what it is, its main numbers in one line, its repetitions, and what there is to know."""

    title: str
    facts: str
    notes: tuple[str, ...]
    reps: tuple[RepRow, ...] = ()


def every_set(findings: Findings, zone: tzinfo) -> list[Block]:
    """Return every set, in order of time."""
    return [
        Block(
            title=_title(found, zone),
            facts=_set_facts(found),
            notes=tuple(filter(None, (_correction(found), _sentence(reasons(found)), *_others(found)))),
            reps=tuple(_rep(rep, found) for rep in found.reps_detail),
        )
        for found in findings.sets
    ]


def every_trial(findings: Findings, zone: tzinfo) -> list[Block]:
    """Return every balance trial and test, in order of time."""
    trials: list[StanceFound | TestFound] = [*findings.stances, *findings.tests]
    return [
        Block(
            title=_title(found, zone),
            facts=_trial_facts(found),
            notes=tuple(filter(None, (_correction(found), _sentence(reasons(found))))),
        )
        for found in sorted(trials, key=lambda found: found.start)
    ]


def _title(found: Found, zone: tzinfo) -> str:
    clock = datetime.fromtimestamp(found.start, zone)
    return f"{wording.day_short(found.day)}, {clock:%H:%M} {title(found)} (set {found.set_id})"


def _set_facts(found: SetFound) -> str:
    facts = [f"repetitions: {count(found)}", f"{found.duration_s:.0f} s long"]
    if found.rom_best3_deg is not None:
        facts += [
            f"range {wording.angle(found.rom_best3_deg, found.rom_error_deg)} (best three)",
            f"{wording.angle(found.rom_median_deg)} in the middle",
            f"{wording.angle(found.rom_min_deg)} to {wording.angle(found.rom_max_deg)}",
            wording.movement(found.exercise, found.placement),
        ]
    return _sentence("; ".join(facts))


def _trial_facts(found: StanceFound | TestFound) -> str:
    if isinstance(found, TestFound):
        facts = [outcome(found), *(f"{name} {wording.seconds(value)}" for name, value in found.phases.items())]
        return "; ".join(facts) + "."
    if "cop_rms_m" in found.sway:
        facts = [
            f"centre of pressure {sway_size(found)} from its middle",
            f"path {1e3 * found.sway['cop_path_rate_mps']:.1f} mm/s",
            f"95 % ellipse {ellipse_area(found)}",
        ]
        return "; ".join([f"{found.duration_s:.0f} s measured", *facts]) + "."
    fields = MEASUREMENTS["stance"].fields
    shown = ("rms_mps2", "path_rate_mps3", "area95_m2ps4", "jerk_rate_m2ps6", "mfreq_hz")
    facts = [
        f"{field.text.partition(':')[0].lower()} {found.sway[field.name]:.3g} {field.unit.translate(_RAISED)}"
        for field in fields
        if field.name in shown and field.name in found.sway
    ]
    return "; ".join([f"{found.duration_s:.0f} s measured", *facts]) + "."


def _rep(rep: RepDetail, found: SetFound) -> RepRow:
    first_s = found.reps_detail[0].start_s
    return RepRow(
        number=str(rep.number),
        at=wording.seconds(rep.start_s - first_s),
        range=wording.angle(rep.rom_deg),
        outward=wording.seconds(rep.outward_s),
        hold=wording.seconds(rep.hold_s),
        back=wording.seconds(rep.return_s),
    )


def _correction(found: Found) -> str:
    return _sentence(f"corrected by {found.corrected_by}: {found.corrected}") if found.corrected else ""


def _others(found: SetFound) -> list[str]:
    return [_sentence(f"{entry.times} not counted: {entry.reason}") for entry in left_out(found.rejected)]


def _sentence(text: str) -> str:
    return f"{wording.first_upper(text)}." if text else ""
