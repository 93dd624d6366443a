"""Errors, grouped by what the caller can do about them.

Every message is one line: what is wrong, where, and what to do. The command line prints the message alone; a traceback
appears only with ``--debug``.
"""

__all__ = [
    "DecodeError",
    "ImutrackError",
    "LinkError",
    "MissingFactError",
    "NoRoomError",
    "RecordingError",
    "ResultError",
    "SchemaError",
    "SettingsError",
    "SignalError",
    "StoreError",
    "WearableError",
]


class ImutrackError(Exception):
    """Something imutrack can explain in one line."""


class SettingsError(ImutrackError):
    """An option or a setting is wrong: correct it and run again."""


class RecordingError(ImutrackError):
    """A file cannot be read as a recording: leave it out, the others go on."""


class MissingFactError(RecordingError):
    """A file does not say what cannot be guessed (a unit, a rate): supply it with the option that is named."""


class SignalError(ImutrackError):
    """A stretch of signal cannot be analysed: discard this trial, the others stand."""


class StoreError(ImutrackError):
    """Results could not be stored or read: mend the store and run again; what it holds is whole."""


class NoRoomError(StoreError):
    """The disk takes nothing: make room and run again; what is stored can still be read."""


class ResultError(StoreError):
    """The results of one recording cannot be stored: correct its start or its labels, the others go on."""


class SchemaError(StoreError):
    """A store was written by another version of the schema."""


class DecodeError(ImutrackError):
    """A notification cannot be what its characteristic sends: drop it and count it, the next one may be good."""


class WearableError(ImutrackError):
    """A wearable refused or did not answer: connect anew; where it says so again, correct its settings."""


class LinkError(ImutrackError):
    """A radio link could not be made, or broke: connect anew.

    ``kind`` is a `imutrack.sources.radio.Fault` and says how soon.
    """

    def __init__(self, message: str, kind: str = "other") -> None:
        super().__init__(message)
        self.kind = kind
