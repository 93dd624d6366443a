"""What the local store keeps of each result: the whole of it as it was analysed and labelled, except its curve.

The rows of the schema are made from this, the corrections and the plan, again and again; so nothing that a person says
later is lost by a new analysis, and nothing that was analysed is lost by what a person says.
"""

import math
import zlib
from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np

from imutrack.errors import StoreError
from imutrack.results import ChairTest, ExerciseSet, Result, StanceTrial, UpAndGo

__all__ = ["KINDS", "decode", "encode", "kind_of"]

KINDS: Final[dict[str, type[Result]]] = {
    "exercise_set": ExerciseSet,
    "stance": StanceTrial,
    "sit_to_stand": ChairTest,
    "timed_up_and_go": UpAndGo,
}
"""Kind of result by the measurement of its own point."""

_QUICK: Final = 1  # zlib level: more effort saves another tenth
_MEASUREMENTS: Final = {kind: name for name, kind in KINDS.items()}


def kind_of(result: Result) -> str:
    """Return the measurement of a result's own point."""
    return _MEASUREMENTS[type(result)]


def encode(result: Result) -> bytes:
    """Return a result as packed JSON, a quarter of its length: without its curve, and without what is no number."""
    kept = replace(result, trace=None)
    if isinstance(kept, StanceTrial):
        kept = replace(kept, sway={name: value for name, value in kept.sway.items() if math.isfinite(value)})
    return zlib.compress(msgspec.json.encode(kept, enc_hook=_plain), _QUICK)


def decode(measurement: str, packed: bytes) -> Result:
    """Return the result that `encode` made.

    Raises:
        StoreError: it was written by a version that said other things.
    """
    try:
        return msgspec.json.decode(zlib.decompress(packed), type=KINDS[measurement], dec_hook=_no_array)
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreError(f"a stored result cannot be read ({error}): replay its recording") from error


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot encode {type(value).__name__}")


def _no_array(kind: type, _: Any) -> Any:
    raise NotImplementedError(f"cannot decode {kind}")  # only curves hold arrays
