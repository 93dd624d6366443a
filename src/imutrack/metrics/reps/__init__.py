"""Repetitions of an exercise, counted without knowing the exercise, the placement or the person.

Approach: the signal is divided at its long rests into bouts of movement. In each bout, excursions of many
one-dimensional views of the movement are compared over all channels; those that are alike are repetitions
(template-verified excursions). Every view is a hypothesis with a score; the number is what the better ones agree on,
and how far they agree is the confidence. What repeats by chance only is not counted.

What it does not do: recognise the exercise, say whether it was done well, or tell an exercise from anything else that
is done over and over, such as walking.
"""

from imutrack.metrics.reps.count import count_reps
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.result import Rejected, RepSet, RepSpan

__all__ = ["Rejected", "RepParams", "RepSet", "RepSpan", "count_reps"]
