"""The neutral form of recordings: ``t_s,ax,ay,az[,gx,gy,gz][,mx,my,mz]`` or ``t_s,ap,ml``, also gzipped.

Seconds, m/s2, rad/s, a magnetic field of any scale and the centre of pressure in m, by definition; ``t`` may stand for
``t_s``. Time zero is the recording's start. Another program may write the same names in other units: what gravity
contradicts is refused, and with ``--units`` such a file is read as a plain table.
"""

from collections.abc import Sequence
from typing import Final

from imutrack.recordings.axis import axis_from_seconds
from imutrack.recordings.building import Part, Reading, build_recording
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.plain_csv import read_plain
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.tables import read_table
from imutrack.samples import Quantity, Recording

__all__ = ["NEUTRAL"]

_TIMES: Final = ("t_s", "t")
_GROUPS: Final = (
    (Quantity.ACC, ("ax", "ay", "az"), "m/s2"),
    (Quantity.GYR, ("gx", "gy", "gz"), "rad/s"),
    (Quantity.MAG_AU, ("mx", "my", "mz"), "device's own scale"),
    (Quantity.COP, ("ap", "ml"), "m"),
)


def _sniff(head: Head) -> float:
    if head.layout is None:
        return 0.0
    names = head.layout.names
    if not names or names[0] not in _TIMES:
        return 0.0
    present = [group for _, group, _ in _GROUPS if set(group) & set(names)]
    whole = names[1:] == tuple(name for group in present for name in group)
    return 0.9 if whole and names[1] in ("ax", "ap") else 0.0


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    if options.units or options.columns or options.rate_hz:
        return read_plain(heads[0], options)
    lines, layout = heads[0].table()
    names = layout.names
    groups = {str(kind): [names.index(name) for name in group] for kind, group, _ in _GROUPS if group[0] in names}
    table = read_table(lines, layout, {"time": [0], **groups})
    axis = axis_from_seconds(table.numbers.pop("time")[:, 0], table, heads[0].source, "s")
    readings = {
        quantity: Reading(table.numbers[quantity], None, f"unit {unit} by definition")
        for quantity, _, unit in _GROUPS
        if quantity in groups
    }
    part = Part(heads[0].source, table.sha256, axis, readings, notes=tuple(table.notes))
    return build_recording([part], NEUTRAL.title, options, keep_zero=True)


NEUTRAL: Final = Reader(
    name="neutral",
    title="neutral CSV, also gzipped: t_s,ax,ay,az[,gx,gy,gz][,mx,my,mz] or t_s,ap,ml",
    sniff=_sniff,
    read=_read,
)
