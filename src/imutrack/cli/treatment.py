"""``imutrack treatment``: what was done with a patient, by hand or in talk."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import By, Desk, at_desk, print_wrapped, require_counting, set_aside, typed_time
from imutrack.cli.options import Config, DataDir
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.clinic.treatments import Treatment

__all__ = ["treatment"]


def treatment(
    patient: Annotated[str | None, typer.Argument(metavar="PATIENT", help="Pseudonym.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="massage, manual, mobilisation, modality, taping, supervised, education, review, call or other.",
        ),
    ] = None,
    minutes: Annotated[str | None, typer.Option("--minutes", metavar="N", help="How long it took.")] = None,
    site: Annotated[str | None, typer.Option("--site", help="Where on the body.")] = None,
    by: By = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Licence of whoever did it.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Remark, one line; no names.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it began, as 2026-03-09T08:30 or 08:30; else now.")
    ] = None,
    withdraw: Annotated[str | None, typer.Option("--withdraw", metavar="ID", help="Set an entry aside.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Keep a treatment or contact.

    No exercise plan is needed for it.
    """
    from imutrack.clinic.treatments import checked_treatment

    with at_desk(data_dir, config) as desk:
        said = (kind, minutes, site, by, licence, text, at)
        if withdraw is not None:
            if any(each is not None for each in said):
                raise SettingsError("--withdraw stands alone: enter what is right with another imutrack treatment")
            set_aside(desk, withdraw, "treatment", patient)
            return
        if patient is None or kind is None or minutes is None or by is None:
            raise SettingsError("say at least: imutrack treatment PATIENT --kind KIND --minutes N --by INITIALS")
        whose, moment = desk.patients.require(patient), typed_time(at, "--at", desk)
        done = checked_treatment(
            at=moment,
            day=datetime.fromtimestamp(moment, desk.zone).date(),
            kind=kind,
            minutes=minutes,
            by=by,
            site=site,
            licence=licence,
            text=text,
        )
        _keep(desk, whose, done)


def _keep(desk: Desk, patient: str, done: "Treatment") -> None:
    from imutrack.clinic.entries import add_treatment

    with desk.store.together():
        entry_id = add_treatment(desk.store, patient, done, clinic=desk.settings.clinic)
        require_counting(desk, "treatment", patient, done.day, entry_id)
    desk.refresh()
    print_wrapped(f"kept for {patient}, {desk.local(done.at)}: {_said(done)}", then="  ")
    print(f"to set it aside: imutrack treatment --withdraw {entry_id}")


def _said(done: "Treatment") -> str:
    """Return a treatment in words."""
    from imutrack.clinic.treatments import KINDS

    by = f"by {done.by}" + (f" (licence {done.licence})" if done.licence else "")
    parts = (KINDS[done.kind], done.site, f"{done.minutes} min", by, f'"{done.text}"' if done.text else "")
    return ", ".join(part for part in parts if part)
