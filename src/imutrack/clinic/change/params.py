"""Settings of the comparison: one set for every measure, patient and condition."""

from dataclasses import dataclass

__all__ = ["ChangeParams"]


@dataclass(frozen=True, slots=True)
class ChangeParams:
    """How two blocks of occasions are compared.

    "Chosen on synthetic courses" means: on other random numbers than those that the validation reports.

    Attributes:
        fewest: occasions in a block at least. One is a single value, which is never enough for a verdict.
        usual: occasions in a block once there are twice as many: four halve the spread of one, and are about a week's
            sessions and a half.
        most: occasions in a block at most, so that "now" stays now: two weeks at three sessions a week. With eight, a
            sudden change is seen a session later.
        share: of all occasions that a block may hold when it grows beyond `usual`.
        prior_df: how many degrees of freedom the published spread of a measure counts for. Fewer leave a comparison of
            eight values at the mercy of a chance spread; more take steady patients for restless ones and restless ones
            for steady. Chosen on synthetic courses.
        serial: correlation assumed between the noise of neighbouring occasions. A bad week makes neighbours alike; with
            0, one in ten patients of whom that is true would get a false verdict. Assumed: no published value is known.
        day_limit: spreads from the median beyond which a value of a block pulls no harder. Huber's 1.345 keeps 95 % of
            the efficiency of the mean; a little more is kept here because the blocks are small.
        step_limit: spreads beyond which the difference of two neighbours counts no further, so that a bad day or a true
            step is not taken for daily spread. Chosen on synthetic courses.
    """

    fewest: int = 2
    usual: int = 4
    most: int = 6
    share: float = 0.25
    prior_df: float = 5.0
    serial: float = 0.3
    day_limit: float = 1.5
    step_limit: float = 2.5
