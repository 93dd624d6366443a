"""Counting: from a signal to its repetitions."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from imutrack.metrics.reps.bouts import Bout, find_bouts, to_working_rate
from imutrack.metrics.reps.choose import Choice, choose
from imutrack.metrics.reps.hypotheses import hypotheses
from imutrack.metrics.reps.params import RepParams
from imutrack.metrics.reps.result import Rejected, RepSet, RepSpan
from imutrack.signals.signal import Signal

def count_bout(b):
    made = hypotheses(b)
    return choose(b, made) if made else None

def count_reps(signal: Signal, params: RepParams = RepParams()) -> RepSet:
    w = to_working_rate(signal, params)
    n=0; off=0
    out=[]
    for b in find_bouts(w, params):
        c=count_bout(b)
        out.append((b,c))
    return out
