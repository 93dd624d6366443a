"""Sessions: who is treated with which straps, what the plan asks next, and how a set begins and ends."""
