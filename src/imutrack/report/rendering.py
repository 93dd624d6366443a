"""From values in words to one HTML file that needs nothing else.

Everything that comes from outside is escaped by the templates; only figures, which are made here, go in as markup. The
file is written beside its place and moved there, readable by its owner alone, so that there is never half a report.
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from imutrack import words
from imutrack.errors import StoreError
from imutrack.report import wording
from imutrack.report.findings import Findings
from imutrack.stores.private_files import write_private

__all__ = ["drawing", "rendered", "save"]

_BREAKS: Final = re.compile(r"(?<=[\d°]) (?=±)|(?<=±) |(?<=\d) (?=m²?/|s\b|%)")


def rendered(template: str, findings: Findings, **values: Any) -> str:
    """Fill a template with values, and with what every page says.

    Args:
        template: name of the file.
        findings: whose page it is.
        values: all that the template asks for; a missing one is an error.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("imutrack.report"),
        autoescape=True,
        finalize=_kept_together,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (files("imutrack.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(
        css=Markup(css),  # noqa: S704 - our own style sheet
        patient=findings.patient,
        period=wording.period(findings.first, findings.last),
        synthetic=words.SYNTHETIC if findings.synthetic else "",
        disclaimer=words.DISCLAIMER,
        **values,
    )


def drawing(svg: str) -> Any:
    """Return a figure as markup that goes into a template as it is."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 - drawn here, its title and description are escaped


def save(page: str, out: Path) -> None:
    """Write a page for its owner alone, whole or not at all.

    Raises:
        StoreError: the folder is missing or cannot be written, or the disk is full.
    """
    try:
        write_private(out, page.encode())
    except OSError as error:
        raise StoreError(
            f"{out}: the report cannot be written there ({error.strerror}): choose another --out"
        ) from error


def _kept_together(value: object) -> object:
    """Keep a number with its unit and its error on one line."""
    return _BREAKS.sub("\u00a0", value) if type(value) is str else value
