"""Host time for what devices stamp with clocks of their own, and what got lost on the way; pure, no radio, no files."""

from imutrack.alignment.arrivals import AlignParams, Arrivals, Stamped, TickClock
from imutrack.alignment.following import Follower, Following
from imutrack.alignment.host_time import Aligned, align
from imutrack.alignment.losses import Gap

__all__ = ["AlignParams", "Aligned", "Arrivals", "Follower", "Following", "Gap", "Stamped", "TickClock", "align"]
