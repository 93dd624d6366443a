"""What a link does to packets, with a ledger of it."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Faults:
    """Packets in the order they come, with what is missing between the first and the last, in packets."""

    packets: list[int]
    lost: int
    duplicates: int
    reordered: int


@st.composite
def faults(draw, packets=200):
    """Drop, repeat and delay some of so many packets; delays are short, as those of hosts are."""
    some = st.lists(st.integers(0, packets - 1), max_size=packets // 4)
    dropped, repeated, delayed = set(draw(some)), draw(some), set(draw(some))
    if draw(st.booleans()):
        begin = draw(st.integers(0, packets - 1))
        dropped |= set(range(begin, min(begin + draw(st.integers(1, 120)), packets - 1)))
    due = [(index + (2.5 if index in delayed else 0.0), index) for index in range(packets) if index not in dropped]
    due += [(index + draw(st.sampled_from([0.1, 1.1, 3.1])), index) for index in repeated if index not in dropped]
    order = [index for _, index in sorted(due)]
    if not order:
        return faults_of([0])
    return faults_of(order)


def faults_of(order):
    first_came = list(dict.fromkeys(order))
    newest = np.maximum.accumulate(first_came)
    return Faults(
        packets=order,
        lost=max(first_came) - min(first_came) + 1 - len(first_came),
        duplicates=len(order) - len(first_came),
        reordered=int(np.count_nonzero(np.array(first_came) < newest)),
    )
