"""Recorded files: one small reader per format, found by what a file holds.

`read` takes any number of files, folders and archives and gives a `Recording` or a one-line error for each recording in
them; `read_recording` reads one. What a file does not say is asked for by the name of the option, never guessed.
"""

from imutrack.recordings.captured import describe_group
from imutrack.recordings.description import Description, describe
from imutrack.recordings.grouping import FileGroup
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.registry import READERS, find_recordings, read, read_group, read_recording

__all__ = [
    "READERS",
    "Description",
    "FileGroup",
    "Head",
    "ReadOptions",
    "Reader",
    "describe",
    "describe_group",
    "find_recordings",
    "read",
    "read_group",
    "read_recording",
]
