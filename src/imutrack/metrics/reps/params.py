"""Settings of the repetition counter: one set for every exercise, person, sensor and placement."""

from dataclasses import dataclass, field

from imutrack.signals.rest import RestParams

__all__ = ["RepParams"]


@dataclass(frozen=True, slots=True)
class RepParams:
    """What a repetition may look like.

    The bounds on duration and size are wide on purpose: they keep out what cannot be a repetition, while likeness to
    the other repetitions decides about the rest.
    """

    working_rate_hz: float = 20.0  # eight samples of the fastest cycle looked for; phones deliver 10 Hz
    working_lowpass_hz: float = 8.0  # against aliasing at the working rate
    acc_limit_mps2: float = 30.0  # about 3 g: a foot hitting the floor must not rule the axes
    shape_hz: float = 3.0  # the form of a repetition is compared below this: tremor and impacts are not form
    # an octave's two thirds apart, from holds of 5 s (slow ones merge the wobbles of a plateau) to 2 repetitions per s
    cutoffs_hz: tuple[float, ...] = (0.25, 0.4, 0.6, 0.95, 1.5, 2.4)
    prominence_share: float = 0.35  # of the movement's local range; a second hump within a repetition is often smaller
    local_s: float = 12.0  # "local" covers at least one slow repetition
    min_rep_s: float = 0.35  # with rests trimmed off; 0.5 s is the fastest cycle seen
    max_rep_s: float = 15.0  # 9 s is the slowest seen in trained people; patients hold longer
    min_likeness: float = 0.7  # correlation with the template over all channels
    min_likeness_inside: float = 0.45  # between two accepted repetitions, where nothing else fits
    max_ratio: float = 2.5  # of size or duration to the template's: half and double must still count
    max_groups: int = 4  # tempi or amplitudes within one bout of movement
    split_rest_s: float = 8.0  # rests longer than this divide the signal; holds last 5 s
    join_rest_s: float = 60.0  # what lies this close together may be one set with single repetitions
    max_bout_s: float = 300.0  # longer movement is cut where it is quietest: bounds memory and time
    gap_s: float = 0.5  # missing stretches longer than this hide a turning point
    min_score: float = 1.75  # below it what repeats is chance: walking, fidgeting, getting into position
    least_rate_hz: float = 8.0  # four readings in the fastest repetition; with fewer no count is sure
    most_missing: float = 0.5  # of the signal: where more is missing, nobody can say what was done
    rest_inside_s: float = 3.0  # a pause inside the set worth telling
    rest: RestParams = field(default_factory=RestParams)
