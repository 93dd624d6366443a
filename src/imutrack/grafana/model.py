"""What a dashboard is made of, without a word of Grafana's own format; `imutrack.grafana.rendering` knows that one.

A title is a question, a text says how to read the answer, and ``empty`` what to do when there is none. Queries are
InfluxQL, the one language that all versions of InfluxDB answer; a variable stands in them with its format, as in
``${patient:raw}``, because Grafana's own choice of quoting differs from version to version.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = [
    "NO_UNIT",
    "Annotation",
    "Board",
    "Column",
    "Kind",
    "Link",
    "Panel",
    "Query",
    "Variable",
]

Kind = Literal["stat", "table", "timeseries", "trend", "bargauge", "xychart"]

NO_UNIT: Final = "none"
"""Grafana's word for a plain number."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to InfluxDB.

    Attributes:
        text: InfluxQL.
        legend: what its series are called; ``$col`` is the column, ``$tag_x`` the tag x. Nothing for tables.
        curves: whether it asks the bucket of the curves, which is kept for 90 days.
    """

    text: str
    legend: str = ""
    curves: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """The way onward to another dashboard.

    Attributes:
        title: what it is called.
        to: uid of the dashboard.
        carry: variables that go along as they are set.
        give: (variable, column of the row) pairs that go along.
        time: the other's own period, the same as here, from the row's ``Time`` to its ``end_ms``, or from the variable
            ``begin`` to ``end``.
    """

    title: str
    to: str
    carry: tuple[str, ...] = ()
    give: tuple[tuple[str, str], ...] = ()
    time: Literal["own", "same", "of row", "of variables"] = "own"


@dataclass(frozen=True, slots=True)
class Column:
    """How one column or series looks, where it differs from the panel.

    Attributes:
        name: of the column or series; between slashes it is a pattern.
        title: what it is called.
        looks: Grafana's field properties by name.
        link: where a click leads.
    """

    name: str
    title: str = ""
    looks: tuple[tuple[str, object], ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One question with its answer.

    Attributes:
        title: the question.
        text: how to read the answer.
        kind: how it is drawn.
        queries: what is asked.
        size: (columns of 24, rows of 38 pixels).
        empty: what to do when there is no answer.
        links: where to go on.
        unit: Grafana's name of the unit.
        columns: what differs, column by column.
        looks: Grafana's field properties of all columns.
        options: Grafana's options of the kind.
        hide: columns of a table that are asked for but not shown; a link may give them on.
        sort: column of a table to sort by, largest first.
        since: a period of its own, such as ``2d``, where the dashboard's does not fit.
        step: the shortest time that ``$__interval`` stands for, such as ``15m``.
        over: column that the others of a trend are drawn over; queries are joined by it.
    """

    title: str
    text: str
    kind: Kind
    queries: tuple[Query, ...]
    size: tuple[int, int]
    empty: str
    links: tuple[Link, ...]
    unit: str = NO_UNIT
    columns: tuple[Column, ...] = ()
    looks: tuple[tuple[str, object], ...] = ()
    options: tuple[tuple[str, object], ...] = ()
    hide: tuple[str, ...] = ()
    sort: str = ""
    since: str = ""
    step: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """What is chosen at the top.

    Attributes:
        name: as queries call it.
        label: as people call it.
        query: InfluxQL that gives the choices; nothing for the zone.
        text: what it is for.
        kind: a choice of answers, or the clinic's time zone.
        several: whether more than one may be chosen, or all.
        hidden: whether it is only there for the queries.
        every: what All stands for; Grafana puts it in as it is.
    """

    name: str
    label: str
    query: str
    text: str
    kind: Literal["query", "zone"] = "query"
    several: bool = False
    hidden: bool = False
    every: str = ".*"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Events that are marked in every chart over time.

    Attributes:
        name: what they are.
        query: InfluxQL with one column of words; rows where it is absent are left out by Grafana.
        column: that column.
        colour: of the mark.
    """

    name: str
    query: str
    column: str
    colour: str


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        uid: fixed for ever: links and bookmarks go by it.
        title: its name.
        text: whom it is for and what it answers.
        since: how far it looks back, such as ``now-28d``.
        refresh: how often it asks again.
        rows: panels from the top, row by row; on a phone they come one below the other in this order.
        variables: in order; a later one may use an earlier one.
        annotations: marks.
        folder: where it lies in Grafana.
    """

    uid: str
    title: str
    text: str
    since: str
    refresh: str
    rows: tuple[tuple[Panel, ...], ...]
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = field(default=())
    folder: str = "imutrack"

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels in order."""
        return tuple(panel for row in self.rows for panel in row)
