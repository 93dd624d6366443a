"""The report: one self-contained HTML file about one patient, for the therapist or for the patient."""

from datetime import date, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from imutrack.stores.local import LocalStore

if TYPE_CHECKING:
    from imutrack.clinic.rules import Rules

__all__ = ["Audience", "write"]


class Audience(StrEnum):
    """Who the page is for."""

    THERAPIST = "therapist"
    PATIENT = "patient"


def write(
    store: LocalStore,
    patient: str,
    out: Path,
    since: date | None = None,
    until: date | None = None,
    full: bool = False,
    audience: Audience = Audience.THERAPIST,
    *,
    now: float,
    zone: tzinfo,
    rules: "Rules | None" = None,
) -> None:
    """Write the report of a patient: it works offline, needs no other file, and prints on one A4 page.

    Args:
        store: open; it is only read. Days and verdicts are those of the last roll-up.
        patient: a registered pseudonym.
        out: file to write, in a folder that exists; replaced as a whole, readable by its owner alone.
        since, until: local dates, both included; None means from the first, or to the last result.
        full: add every set with its repetitions, on further pages; of the therapist's report only.
        audience: who it is for.
        now: Unix epoch s.
        zone: the clinic's time zone.
        rules: the clinic's own limits; None means the defaults.

    Raises:
        SettingsError: nothing is known of the period, the period ends before it begins, or ``full`` is asked of
            the patient's page.
        StoreError: the store cannot be read, or the file cannot be written.
    """
    from importlib.metadata import version

    from imutrack.errors import SettingsError
    from imutrack.report.gather import gather
    from imutrack.report.page import patient_page, therapist_page
    from imutrack.report.rendering import save

    if full and audience is Audience.PATIENT:
        raise SettingsError("the full report is for the therapist: leave out --full or --for patient")
    made = datetime.fromtimestamp(now, zone)
    findings = gather(store, patient, since, until, made.date(), zone=zone, rules=rules)
    if audience is Audience.PATIENT:
        page = patient_page(findings)
    else:
        page = therapist_page(findings, full=full, now=made, version=version("imutrack"))
    save(page, out)
