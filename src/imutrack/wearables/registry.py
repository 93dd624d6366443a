"""Every wearable there is, by id."""

from typing import Any, Final

from imutrack.wearables.blue_st import BLUE_ST
from imutrack.wearables.capture2go import CAPTURE2GO
from imutrack.wearables.heart_rate import HEART_RATE
from imutrack.wearables.infini_time import INFINI_TIME
from imutrack.wearables.meta_motion import META_MOTION
from imutrack.wearables.movella_dot import MOVELLA_DOT
from imutrack.wearables.movesense import MOVESENSE
from imutrack.wearables.open_earable import OPEN_EARABLE
from imutrack.wearables.polar import POLAR_H10, POLAR_VERITY
from imutrack.wearables.sensor_tag import SENSOR_TAG
from imutrack.wearables.thingy52 import THINGY_52
from imutrack.wearables.wearable import Wearable
from imutrack.wearables.witmotion import WITMOTION

__all__ = ["WEARABLES"]

_KNOWN: Final = (
    BLUE_ST,
    CAPTURE2GO,
    HEART_RATE,
    INFINI_TIME,
    META_MOTION,
    MOVELLA_DOT,
    MOVESENSE,
    OPEN_EARABLE,
    POLAR_H10,
    POLAR_VERITY,
    SENSOR_TAG,
    THINGY_52,
    WITMOTION,
)

WEARABLES: Final[dict[str, Wearable[Any]]] = {each.id: each for each in _KNOWN}
