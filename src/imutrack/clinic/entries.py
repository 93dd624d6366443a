"""What was entered by hand, in the store: the patient's word and treatments. Nothing is changed, only set aside."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import Treatment
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_entry
from imutrack.stores.rows import Row, make_row

__all__ = ["add_report", "add_treatment", "report_of", "treatment_of"]

_ID_LETTERS: Final = 8  # 40 bits, as for a set


def add_report(store: LocalStore, patient: str, report: SelfReport, *, clinic: str) -> str:
    """Keep what a patient said; return the id by which it can be set aside.

    Args:
        store: open.
        patient: registered pseudonym.
        report: checked.
        clinic: tag of that name.
    """
    said = {
        "pain": report.pain,
        "pain_when": report.when,
        "exertion": report.exertion,
        "stop": report.stop,
        "text": report.text,
        "local_date": report.day.isoformat(),
    }
    return _add(store, "self_report", patient, clinic, report.at, said)


def add_treatment(store: LocalStore, patient: str, treatment: Treatment, *, clinic: str) -> str:
    """Keep a treatment, as `add_report`."""
    said = {
        "treatment": treatment.kind,
        "minutes": treatment.minutes,
        "site": treatment.site,
        "provider": treatment.by,
        "licence": treatment.licence,
        "text": treatment.text,
        "local_date": treatment.day.isoformat(),
    }
    return _add(store, "treatment", patient, clinic, treatment.at, said)


def report_of(row: Row) -> SelfReport:
    """Return the report that a row says."""
    when = row.text("pain_when")
    return SelfReport(
        at=row.start,
        day=row.day,
        pain=row.count("pain"),
        when=None if when is None else When(when),
        exertion=row.count("exertion"),
        stop=bool(row.fields.get("stop")),
        text=row.text("text") or "",
    )


def treatment_of(row: Row) -> Treatment:
    """Return the treatment that a row says."""
    return Treatment(
        at=row.start,
        day=row.day,
        kind=row.text("treatment") or "other",
        minutes=row.count("minutes") or 0,
        site=row.text("site") or "",
        by=row.text("provider") or "",
        licence=row.text("licence") or "",
        text=row.text("text") or "",
    )


def _add(store: LocalStore, measurement: str, patient: str, clinic: str, at: float, said: Mapping[str, object]) -> str:
    digest = hashlib.sha256(repr((measurement, patient, round(at * 1000), sorted(said.items()))).encode()).digest()
    entry_id = base64.b32encode(digest).decode().lower()[:_ID_LETTERS]
    tags = {"patient": patient, "clinic": clinic}
    add_entry(store, make_row(measurement, tags, at, {**said, "entry_id": entry_id}))
    return entry_id
