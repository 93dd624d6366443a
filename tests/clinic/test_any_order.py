"""Whatever the order in which a clinic's work arrives, the same store stays: as if each was done once, in order.

Free are the order and the number of replays (other analyses, labels, patients and starts of the same recording),
corrections, plans, entries, withdrawals and statuses. Bound is only what cannot be otherwise: each recording's last
replay is its last, a correction is of a set that is there at that moment, a withdrawal of an entry that was made.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack import config
from imutrack.clinic.entries import add_report, add_treatment
from imutrack.clinic.patients import STATUSES, Patients
from imutrack.clinic.plans.book import put_in_force
from imutrack.clinic.rollup import refresh
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import Treatment
from imutrack.corrections import Correction
from imutrack.flags import Flag, FlagCode, Quality
from imutrack.stores.correcting import correct
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore
from imutrack.stores.plans import add_version
from imutrack.stores.points import withdraw_entry
from imutrack.task import UNSPECIFIED, LabelSource, Side
from stores.store_builders import (
    BERLIN,
    OTTER,
    PANDA,
    START,
    check_settled,
    content,
    exercise_set,
    plan_text,
    relabelled,
    rep,
    stance,
)

NOW = START + 5 * 86_400.0
RECORDINGS = ("a" * 64, "b" * 64)
SLOTS = (0, 1, 2)
DAYS = (date(2026, 2, 24), date(2026, 2, 25), date(2026, 2, 26))
PATIENTS = st.sampled_from([OTTER, OTTER, PANDA])
NAMES = st.sampled_from(["shoulder_flexion", "calf_raise", "heel_slide"])
LATER_S = st.sampled_from([0.0, 0.0, 0.0, 86_400.0])
SIDES = st.sampled_from([None, *Side])
PLANS = (
    plan_text('exercise = "calf_raise"\nreps = 10\nrom_target_deg = 83'),
    plan_text('exercise = "calf_raise"\nrom_target_deg = 60', 'exercise = "shoulder_flexion"\nside = "right"'),
    plan_text(
        'trial = "eyes_closed"',
        'exercise = "heel_slide"\nsets = 2\nlimit = { rom_deg = 82, approved_by = "MB", date = 2026-01-01 }',
        'exercise = "calf_raise"\nside = "both"',
    ),
)


@dataclass
class Step:
    """One thing that is done, and the recording or set it needs or changes."""

    do: Callable[[LocalStore], Any]
    replays: str | None = None
    holds: frozenset[str] = frozenset()
    about: str | None = None
    order: tuple[Any, ...] = ()


@dataclass
class Work:
    """All that was done: once in the right order, and as it came."""

    in_order: list[Step] = field(default_factory=list)
    as_it_came: list[Step] = field(default_factory=list)


def set_id(recording: str, slot: int) -> str:
    return f"{recording[:4]}-000{slot}"


@st.composite
def results(draw: st.DrawFn, recording: str, slot: int) -> Any:
    """One result as some analysis and some label have it."""
    rom_deg = draw(st.sampled_from([40.0, 84.5]))
    sure = draw(st.booleans())
    build = draw(st.sampled_from([*[exercise_set] * 5, stance]))
    more: dict[str, Any] = {} if build is stance else {"rom_best3_deg": rom_deg}
    if more and not sure:
        more |= {"reps": None, "withheld": ("reps",), "reps_detail": (rep(1, 14.0), rep(2, 18.0, rom_deg=None))}
    result = build(
        set_id(recording, slot),
        recording=recording,
        start=START
        + 1800.0 * slot
        + 900.0 * RECORDINGS.index(recording)
        + draw(st.sampled_from([0.0, 0.0, 0.0, 86_400.0])),
        algorithm=draw(st.sampled_from(["v 1", "v 2"])),
        flags=() if sure else (Flag.of(FlagCode.REPS_UNSURE, low=2, high=3), Flag(FlagCode.MOUNT_TURNED)),
        quality=Quality.GOOD if sure else Quality.USABLE,
        **more,
    )
    patient = draw(PATIENTS)
    if build is stance:
        return relabelled(result, patient=patient)
    if draw(st.integers(0, 3)):
        return relabelled(result, patient=patient, name=UNSPECIFIED, side=None, label_source=LabelSource.PLAN)
    return relabelled(result, patient=patient, name=draw(NAMES), side=draw(SIDES))


@st.composite
def replays(draw: st.DrawFn, recording: str, *, whole: bool = False) -> Step:
    slots = SLOTS if whole else draw(st.lists(st.sampled_from(SLOTS), unique=True).map(sorted))
    found = [draw(results(recording, slot)) for slot in slots]
    return Step(
        lambda store: store.replace(recording, found, clinic="clinic", zone=BERLIN),
        replays=recording,
        holds=frozenset(result.set_id for result in found),
    )


@st.composite
def corrections(draw: st.DrawFn) -> Step:
    about = set_id(draw(st.sampled_from(RECORDINGS)), draw(st.sampled_from(SLOTS)))
    said = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "reps": st.integers(0, 12),
                "name": st.sampled_from(["shoulder_flexion", "calf_raise", "eyes_open"]),
                "side": st.sampled_from(Side),
                "patient": PATIENTS,
                "void": st.booleans(),
                "undo": st.just(True),
            },
        ).filter(bool)
    )
    at_ns = draw(st.integers(1, 6))  # a few moments, so that some are said at one
    by = draw(st.sampled_from(["MB", "KL"]))
    correction = Correction(set_id=about, at_ns=at_ns, by=by, why="seen on video", **said)
    return Step(lambda store: correct(store, correction, clinic="clinic", zone=BERLIN), about=about, order=(at_ns,))


@st.composite
def activations(draw: st.DrawFn) -> Step:
    patient, day, text = draw(PATIENTS), draw(st.sampled_from(DAYS)), draw(st.sampled_from(PLANS))
    activated = START + draw(st.integers(0, 5))

    def activate(store: LocalStore) -> None:
        add_version(store, patient, day, activated, "MB", text)
        put_in_force(store, patient, clinic="clinic", zone=BERLIN)

    return Step(activate, order=(activated,))


@st.composite
def entries(draw: st.DrawFn) -> list[Step]:
    """An entry, and perhaps its withdrawal."""
    patient, day, number = draw(PATIENTS), draw(st.sampled_from(DAYS)), draw(st.integers(0, 3))
    at = START + 60.0 * draw(st.integers(0, 2))
    report = SelfReport(at=at, day=day, pain=number, when=When.WORST)
    treatment = Treatment(
        at=at, day=day, kind="massage", minutes=10 + number, site="left calf", by="KL", licence="", text=""
    )
    is_report = draw(st.booleans())

    def add(store: LocalStore) -> str:
        if is_report:
            return add_report(store, patient, report, clinic="clinic")
        return add_treatment(store, patient, treatment, clinic="clinic")

    # the same entry made again has the same id, and stays withdrawn
    withdrawn = [Step(lambda store: withdraw_entry(store, add(store)))] if draw(st.booleans()) else []
    return [Step(add), *withdrawn]


@st.composite
def statuses(draw: st.DrawFn) -> Step:
    said = draw(PATIENTS), draw(st.sampled_from(STATUSES)), draw(st.sampled_from(DAYS)), START + draw(st.integers(0, 3))
    return Step(lambda store: Patients(store).set_status(*said))


@st.composite
def work(draw: st.DrawFn) -> Work:
    first = {recording: draw(replays(recording, whole=True)) for recording in RECORDINGS}
    between = draw(st.lists(st.sampled_from(RECORDINGS).flatmap(replays), max_size=4))
    last = {recording: draw(replays(recording)) for recording in RECORDINGS}
    said = draw(st.lists(corrections(), max_size=8))
    plans = draw(st.lists(activations(), min_size=1, max_size=5))
    entered = [step for steps in draw(st.lists(entries(), max_size=3)) for step in steps]
    others = [*entered, *draw(st.lists(statuses(), max_size=2))]
    in_order = [
        *sorted(plans, key=lambda step: step.order),
        *first.values(),
        *sorted(said, key=lambda step: step.order),
        *last.values(),
        *others,
    ]
    again = draw(st.lists(st.sampled_from([*plans, *said, *others]), max_size=3)) if plans or said or others else []
    mixed = draw(st.permutations([*first.values(), *between, *last.values(), *said, *plans, *others, *again]))
    for recording in RECORDINGS:
        places = [place for place, step in enumerate(mixed) if step.replays == recording]
        middle = [step for step in between if step.replays == recording]
        for place, step in zip(places, [first[recording], *middle, last[recording]], strict=True):
            mixed[place] = step
    return Work(in_order, possible(mixed))


def possible(steps: list[Step]) -> list[Step]:
    """Put off what is said of a set until it is there; where it never is again, say it after the first replay."""
    there: dict[str, frozenset[str]] = {}
    done: list[Step] = []
    waiting: list[Step] = []
    for step in steps:
        if step.about is not None and not any(step.about in holds for holds in there.values()):
            waiting.append(step)
            continue
        done.append(step)
        if step.replays is not None:
            there[step.replays] = step.holds
            done += [late for late in waiting if late.about in step.holds]
            waiting = [late for late in waiting if late.about not in step.holds]
    for late in waiting:
        place = next(place for place, step in enumerate(done) if step.replays and late.about in step.holds)
        done.insert(place + 1, late)
    return done


def kept(store: LocalStore) -> dict[str, Any]:
    """All that the store holds; of sets that are no longer there, not whose they were last."""
    found: dict[str, Any] = dict(content(store))
    query = (
        "SELECT set_id, at_ns, said, result.patient FROM correction LEFT JOIN result USING (set_id) ORDER BY 1, 2, 3"
    )
    with store.database.reading() as connection:
        return found | {"correction": connection.execute(query).fetchall()}


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with both patients and nothing else."""
    folder = tmp_path_factory.mktemp("registered")
    with LocalStore.open(folder) as store:
        for patient in (OTTER, PANDA):
            Patients(store).add(patient, now=START)
    return folder / FILE_NAME


def kept_after(registered: Path, steps: list[Step], *, rolled_up_each_time: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(registered, folder)
        with LocalStore.open(Path(folder)) as store:
            store.database.connection.execute("PRAGMA synchronous = OFF")  # the disk is not what is tested
            clinic = config.load(data=Path(folder), tz="Europe/Berlin")
            for step in steps:
                step.do(store)
                if rolled_up_each_time:
                    refresh(store, clinic, NOW)
            refresh(store, clinic, NOW)
            check_settled(store)
            return kept(store)


@settings(max_examples=60)
@given(done=work())
def test_any_order_of_a_clinics_work_ends_in_the_same_store_and_roll_up(registered: Path, done: Work) -> None:
    as_it_came = kept_after(registered, done.as_it_came, rolled_up_each_time=True)
    assert as_it_came == kept_after(registered, done.in_order, rolled_up_each_time=False)
