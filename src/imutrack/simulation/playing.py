"""Recordings as simulated straps, for whoever wants to try the collector without hardware.

`plan_of` says what is simulated, `simulate` runs it and tells a person how to see it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from imutrack.errors import ImutrackError, SettingsError
from imutrack.samples import Recording
from imutrack.simulation.faults import Fault
from imutrack.simulation.motion import STILL, Track, tracks_of
from imutrack.simulation.plan import AdapterPlan, Plan, StrapPlan
from imutrack.simulation.rig import Rig, Shown
from imutrack.wearables import WEARABLES

__all__ = ["made_up", "plan_of", "simulate"]

_LOOK_S: Final = 0.5  # between two looks at what the straps do


def made_up(exercise: str, seed: int = 1) -> Recording:
    """Make a set of an exercise up, for straps that no recording is played to.

    Raises:
        SettingsError: this exercise cannot be made.
    """
    from imutrack.synthetic import SETS, exercise_set

    if exercise not in SETS:
        raise SettingsError(
            f"no synthetic set of {exercise!r}: choose of {', '.join(sorted(SETS))}, or give a recording"
        )
    return exercise_set(SETS[exercise], seed).recording


def plan_of(
    recordings: Sequence[Recording],
    wearable: str = "movella-dot",
    *,
    labels: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    faults: Sequence[Fault] = (),
    speed: float = 1.0,
    loop: bool = True,
    still: int = 0,
    keeps_ledger: bool = False,
    seed: int = 1,
) -> tuple[Plan, dict[str, Track]]:
    """Return what it takes to simulate one strap for each sensor of the recordings, in their order.

    Sensors of one recording stay in step. Recordings begin together.

    Args:
        recordings: what the straps measure.
        wearable: what they are, an id of `WEARABLES`.
        labels: of the straps; numbers from 1 where there are none.
        settings: of the wearable, as the settings of the collector say them.
        faults: happen by themselves.
        speed, loop, keeps_ledger, seed: see `Plan`; without a ledger it can run for weeks.
        still: straps more that lie still.

    Raises:
        SettingsError: the wearable is unknown, or there are more or fewer labels than straps.
    """
    if wearable not in WEARABLES:
        raise SettingsError(f"no wearable {wearable!r} is known: choose of {', '.join(sorted(WEARABLES))}")
    found = [track for recording in recordings for track in tracks_of(recording).values()]
    found += [STILL] * still
    names = list(labels) or [str(number) for number in range(1, len(found) + 1)]
    if len(names) != len(found):
        raise SettingsError(f"{len(found)} sensors to simulate, but {len(names)} labels: give each one its own")
    straps = tuple(
        StrapPlan(label=name, wearable=wearable, settings=dict(settings or {}), track=name) for name in names
    )
    adapter = AdapterPlan(disconnect_s=0.1)  # a person at a terminal need not wait as long as BlueZ lets them
    plan = Plan(
        straps=straps,
        adapter=adapter,
        faults=tuple(faults),
        speed=speed,
        loop=loop,
        keeps_ledger=keeps_ledger,
        seed=seed,
    )
    return plan, dict(zip(names, found, strict=True))


async def simulate(plan: Plan, tracks: Mapping[str, Track], say: Callable[[str], None]) -> None:
    """Run a simulation until it is cancelled, and say what is there and what the straps do.

    Args:
        plan, tracks: from `plan_of`.
        say: shows a line to the person who started it.

    Raises:
        SettingsError: dbus-daemon is missing, or the plan cannot be done.
        ImutrackError: the bus ended meanwhile.
    """
    async with Rig(plan, tracks) as rig:
        before = rig.shown()
        say(f"{len(before)} simulated {'strap' if len(before) == 1 else 'straps'}; nobody wears them:")
        for strap in before:
            shows = tracks[strap.label].label if strap.label in tracks else STILL.label
            say(f"  {strap.label}: {WEARABLES[strap.wearable].title}, {strap.name}, {strap.address}, shows {shows}")
        say("To see them, in another terminal:")
        say(f"  export DBUS_SYSTEM_BUS_ADDRESS={rig.address}")
        say("Ctrl-C ends the simulation.")
        while True:
            await asyncio.sleep(_LOOK_S)
            if rig.bus_ended:
                raise ImutrackError("the simulated Bluetooth service was ended (its dbus-daemon): simulate anew")
            now = rig.shown()
            for strap, was in zip(now, before, strict=True):
                if _state(strap) != _state(was):
                    say(f"{strap.label}: {_state(strap)}")
            before = now


def _state(strap: Shown) -> str:
    if strap.sending:
        return "sends"
    return "connected" if strap.connected else "advertises"
