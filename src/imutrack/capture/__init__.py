"""The native capture: what came over the radio, byte for byte, and what was done meanwhile.

A capture is an MCAP file: one topic for each characteristic of each strap, with blocks of undecoded notifications and
their host times, and two for events, each of which is said twice. It is readable up to the last half second before the
collector ended, however it ended, and past whatever of it is damaged.
"""

from imutrack.capture.assembling import FORMAT, assemble, hash_of
from imutrack.capture.blocks import Arrival
from imutrack.capture.events import TaskStarted
from imutrack.capture.layout import MAGIC
from imutrack.capture.of_disk import hashes_of, recording_of_set, sets_in, timezone_of
from imutrack.capture.outline import Outline
from imutrack.capture.reading import arrivals_of, events_of, outline_of
from imutrack.capture.sets import CapturedSet, sets_of
from imutrack.capture.writing import SUFFIX, Writer, new_name

__all__ = [
    "FORMAT",
    "MAGIC",
    "SUFFIX",
    "Arrival",
    "CapturedSet",
    "Outline",
    "TaskStarted",
    "Writer",
    "arrivals_of",
    "assemble",
    "events_of",
    "hash_of",
    "hashes_of",
    "new_name",
    "outline_of",
    "recording_of_set",
    "sets_in",
    "sets_of",
    "timezone_of",
]
