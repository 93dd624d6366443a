"""What is worth a message, and how it is said; `imutrack.grafana.provisioning` writes it down for Grafana.

One digest a day, except for what a patient reported and what a clinician approved: those go out at once. Only active
patients count: where a measurement does not know who is active, the rule asks ``patient_day`` as well, and Grafana
joins the two by patient. Queries give their period themselves: they are asked without a dashboard and its variables.
"""

# ruff: noqa: S608 - queries of our own names

from dataclasses import dataclass
from typing import Final, Literal

from imutrack.grafana.boards.common import BALANCE, DEVICES, LOW_BATTERY_PCT, PATIENT
from imutrack.grafana.boards.queries import COUNTED, SILENT

__all__ = ["RULES", "Rule"]

_DAY_S: Final = 86_400
_LATEST: Final = f"{COUNTED} AND \"status\" = 'active' AND time > now() - 36h"  # last night's days
_ACTIVE: Final = f'SELECT last("level") AS "level" FROM "patient_day" WHERE {_LATEST} GROUP BY "patient"'


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason for a message.

    Attributes:
        uid: fixed for ever.
        title: what is the matter.
        text: what it means and what to do; a message shows the patient or sensor beside it.
        query: InfluxQL with one series for each patient or sensor.
        above: it is the matter where the last value is more than this; or, with ``below``, less.
        below: whether less is the matter.
        only_active: whether a series counts only where its patient is active; the query says so itself otherwise.
        since_s: how far back Grafana is told to look; at least as far as the query does.
        lasting: for how long it must be the matter.
        severity: red goes out at once, look in the digest.
        of: what a series is of.
        board: uid of the dashboard to open.
    """

    uid: str
    title: str
    text: str
    query: str
    above: float
    board: str
    below: bool = False
    only_active: bool = False
    since_s: int = 2 * _DAY_S
    lasting: str = "0s"
    severity: Literal["red", "look"] = "look"
    of: Literal["patient", "sensor"] = "patient"

    @property
    def queries(self) -> tuple[str, ...]:
        """What is asked: the query, and who is active where it does not know."""
        return (self.query, _ACTIVE) if self.only_active else (self.query,)


def _confirmed(measure: str, verdict: str) -> str:
    return (
        'SELECT max("occasions") AS "occasions" FROM "change" '
        f'WHERE "measure" = \'{measure}\' AND "verdict" = \'{verdict}\' AND "confirmed" = true '
        f'AND {COUNTED} AND time > now() - 3d GROUP BY "patient"'
    )


def _last_day(column: str, condition: str) -> str:
    """Return the level of each patient whose last day says something; the days before it no longer matter."""
    days = f'SELECT last("level") AS "level", "{column}" FROM "patient_day" WHERE {_LATEST} GROUP BY "patient"'
    return f'SELECT "level" FROM ({days}) WHERE {condition} GROUP BY "patient"'


RULES: Final = (
    Rule(
        "imutrack-silent",
        "Patient is silent",
        "Nothing was recorded for more than 3 days (or what the clinic's settings say) although sets were due. Call, "
        "or pause the patient.",
        _last_day("why", SILENT),
        above=-1,
        board=PATIENT,
    ),
    Rule(
        "imutrack-range-less",
        "Range is really less",
        "The range of a movement is less than in the patient's first sessions by more than measurement error, twice in "
        "a row, measured in the same way at the same place. Look at the trend.",
        _confirmed("rom", "less"),
        above=0,
        board=PATIENT,
        only_active=True,
        since_s=3 * _DAY_S,
    ),
    Rule(
        "imutrack-limit",
        "! Beyond an approved limit",
        "Two repetitions or more of one set went beyond the range that a clinician approved. Seen after the set. "
        "Contact the patient.",
        'SELECT max("reps_beyond_limit") AS "reps" FROM "exercise_set" '
        f'WHERE "quality" != \'withheld\' AND {COUNTED} AND time > now() - 1d GROUP BY "patient"',
        above=1,
        board=PATIENT,
        only_active=True,
        severity="red",
    ),
    Rule(
        "imutrack-sway-more",
        "Sway is really more",
        "Balance sways more than in the patient's first days by more than measurement error, on two days in a row with "
        "three trials each. Look at the trials.",
        _confirmed("sway", "more"),
        above=0,
        board=BALANCE,
        only_active=True,
        since_s=3 * _DAY_S,
    ),
    Rule(
        "imutrack-pain",
        "! Pain rule is red",
        "What the patient said about pain says: reduce and contact the patient.",
        _last_day("pain_colour", "\"pain_colour\" = 'red'"),
        above=-1,
        board=PATIENT,
        severity="red",
    ),
    Rule(
        "imutrack-stop",
        "! Patient stopped",
        "The patient stopped because something felt wrong. Contact the patient.",
        f'SELECT count("stop") AS "stops" FROM "self_report" WHERE "stop" = true AND {COUNTED} '
        'AND time > now() - 1d GROUP BY "patient"',
        above=0,
        board=PATIENT,
        only_active=True,
        severity="red",
    ),
    Rule(
        "imutrack-battery",
        "Battery is low",
        f"Less than {LOW_BATTERY_PCT} % when the sensor last reported. Charge it.",
        f'SELECT last("battery_pct") AS "battery" FROM "link" WHERE {COUNTED} AND time > now() - 1d GROUP BY "sensor"',
        above=LOW_BATTERY_PCT,
        below=True,
        board=DEVICES,
        of="sensor",
    ),
    Rule(
        "imutrack-sensor-silent",
        "Sensor is silent",
        "A sensor that reported within two weeks has not for two days. Look for it, and at its battery.",
        # the last of these means is 0 once 8 whole windows of 6 hours and the one begun are without a report; it says
        # so by itself, where a state that must last begins anew when Grafana does
        f'SELECT moving_average(count("battery_pct"), 9) AS "reports" FROM "link" WHERE {COUNTED} '
        'AND time > now() - 14d AND time <= now() GROUP BY time(6h), "sensor" fill(0)',
        above=0.1,  # one report in all the windows gives 1/9
        below=True,
        board=DEVICES,
        since_s=14 * _DAY_S,
        of="sensor",
    ),
    Rule(
        "imutrack-backlog",
        "Results wait to be sent",
        "The number of points that wait for InfluxDB grew over an hour. Run imutrack doctor.",
        f'SELECT last("backlog") - first("backlog") AS "growth" FROM "link" WHERE {COUNTED} AND time > now() - 1h '
        'GROUP BY "sensor"',
        above=100,
        board=DEVICES,
        lasting="30m",
        of="sensor",
    ),
)
"""Every reason for a message."""
