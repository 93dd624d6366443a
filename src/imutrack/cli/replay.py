"""``imutrack replay``: import or re-analyse recorded files."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from imutrack.cli.options import Columns, Config, DataDir, Json, Rate, Tz, Units

__all__ = ["replay"]


def replay(
    files: Annotated[
        list[Path], typer.Argument(help="Recorded files, folders or archives.", show_default=False, readable=False)
    ],
    task: Annotated[
        str | None, typer.Option("--task", help="exercise, stance, sit_to_stand or timed_up_and_go.")
    ] = None,
    exercise: Annotated[str | None, typer.Option("--exercise", help="See imutrack exercises.")] = None,
    trial: Annotated[str | None, typer.Option("--trial", help="Such as eyes_open; see imutrack exercises.")] = None,
    side: Annotated[str | None, typer.Option("--side", help="left, right or both.")] = None,
    placement: Annotated[
        list[str] | None,
        typer.Option("--placement", help="Where it was worn, such as wrist; with several sensors once for each."),
    ] = None,
    axes: Annotated[
        list[str] | None,
        typer.Option("--axes", help="How it lay on the upright wearer: up=+x,ml=+y,ap=+z; likewise once for each."),
    ] = None,
    setting: Annotated[str | None, typer.Option("--setting", help="home or clinic.")] = None,
    marks: Annotated[
        Path | None, typer.Option("--marks", readable=False, help="CSV that labels the sets of the files.")
    ] = None,
    split_rest: Annotated[
        float | None, typer.Option("--split-rest", min=1.0, help="Cut into sets at rests of this many seconds.")
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="Join different devices into one recording.")] = False,
    patient: Annotated[str | None, typer.Option("--patient", help="Pseudonym to store the results under.")] = None,
    by_plan: Annotated[
        bool, typer.Option("--by-plan", help="Name the sets of a day by the order of the patient's plan.")
    ] = False,
    start: Annotated[str | None, typer.Option("--start", help="Wall-clock start, such as 2026-03-01T14:30.")] = None,
    tz: Tz = None,
    rate: Rate = None,
    units: Units = None,
    columns: Columns = None,
    as_json: Json = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Turn recorded files into counts, angles, sway and times."""
    import time

    from imutrack import config as configuration
    from imutrack.cli.captured import opened_for, owned, stored_already
    from imutrack.cli.output import StatusLine, warn
    from imutrack.cli.replayed import Printer, days_of, moved, named_by_plan, owners, unnamed_by_plan
    from imutrack.cli.server import send_briefly
    from imutrack.clinic.patients import Patients
    from imutrack.clinic.rollup import refresh
    from imutrack.errors import ResultError
    from imutrack.labels import checked_placement, labelled_task, ordered_by_plan
    from imutrack.marks import read_marks
    from imutrack.recordings import ReadOptions
    from imutrack.replay import Labels, Replayed, store_results
    from imutrack.replay import replay as replay_files
    from imutrack.stores.local import LocalStore

    of_files = configuration.load(config, data_dir, tz)
    several = len(placement or ()) > 1
    options = ReadOptions.parse(
        columns=columns,
        units=units,
        rate_hz=rate,
        tz=of_files.timezone,
        start=start,
        together=together,
        placements=tuple(checked_placement(name) for name in placement or ()) if several else (),
        axes=tuple(axes or ()),
    )
    typed = labelled_task(
        kind=task,
        exercise=exercise,
        trial=trial,
        side=side,
        placement=None if several else next(iter(placement or ()), None),
        setting=setting,
        patient=patient,
    )
    if by_plan:
        typed = ordered_by_plan(typed)
    labels = Labels(typed, read_marks(marks) if marks else None, of_files.timezone)
    # what is stored is dated in the clinic's zone, wherever the files come from
    clinic = configuration.load(config, data_dir)
    settings = clinic if labels.patients else of_files
    printer = Printer(settings, as_json=as_json)
    with ExitStack() as stack:
        store = stack.enter_context(LocalStore.open(settings.data_dir)) if labels.patients else None
        if store is not None:
            labels = labels.renamed({name: Patients(store).require(name) for name in labels.patients})
        status, days = stack.enter_context(StatusLine()), set()
        all_replayed = replay_files(files, options, labels, split_rest_s=split_rest, store=store, jobs=jobs)
        for replayed in stack.enter_context(closing(all_replayed)):
            stored, before = None, []
            store = store or opened_for(replayed, clinic, stack)
            replayed, whose = owned(replayed, store, None if labels.marks else labels.typed.patient)
            if store is not None:
                before = owners(store, replayed)
                copied = stored_already(replayed, store, clinic.zone)
                whose += filter(None, [copied])
                try:
                    stored = None if copied else store_results(replayed, store, clinic=clinic.clinic, zone=clinic.zone)
                except ResultError as error:
                    replayed = Replayed(replayed.name, replayed.origin, error=f"{replayed.name}: {error}")
            status.clear()
            printer.show(replayed, stored)
            for line in (*whose, *moved(before, replayed, stored)):
                warn(line)
            printer.failed |= any(result.task.patient is None for result in replayed.results) and bool(whose)
            days |= days_of(stored, clinic.zone)
            status.show(f"{replayed.name} done")
        if store is not None:
            store.prune_traces(clinic.trace_days)
            refresh(store, clinic, time.time())
            send_briefly(store, clinic)
            if by_plan:
                printer.lines(named_by_plan(store, days))
                for line in unnamed_by_plan(store, days):
                    warn(line)
    for name in labels.unused(printer.sources):
        warn(f"{marks}: marks {name}, which is not among the files")
    printer.close()
    raise typer.Exit(1 if printer.failed else 0)
