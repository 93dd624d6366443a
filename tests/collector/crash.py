"""Kill the collector at random moments, and hold what it captured against what the straps say they sent.

`python tests/collector/crash.py 200` does it two hundred times and prints figures; the suite does it a few times.
Everything is as in real life: processes of their own, Bleak's own backend, kill -9, and whatever starts it again.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from capture.whole_capture import captured_sets, read_capture
from collector.whole import DOT, QUICK, SHORT, ask, motion, register, settings_in, straps_of
from imutrack.capture import hash_of
from imutrack.capture.events import TaskStarted
from imutrack.collector.control.client import DEFAULT_NAME
from imutrack.errors import RecordingError
from imutrack.simulation import Fate, Plan, RemoteRig
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore

OTTER, BADGER = "otter-maple-47", "badger-aloe-36"
WEAR = {OTTER: ["1=left_shank"], BADGER: ["2=left_shank"]}
KNEE = "long_arc_knee_extension"
RATE_HZ = 60
LONG_S = 4.0  # such a set can be analysed


@dataclass
class Found:
    """What came of all kills.

    Attributes:
        kills: how many there were.
        lost_s: of each kill and strap: what was handed over before it, or just after, and is in no capture.
        elsewhere: readings that are missing although nobody was killed then.
        twice: readings captured twice.
        captures, unreadable: how many files, and which cannot be read.
        not_resumed: kills after which the sessions did not go on by themselves.
        back_s: from each kill to all straps streaming again.
        sets, unfinished: sets long enough to be analysed, and how many of them are not stored.
    """

    kills: int = 0
    lost_s: list[float] = field(default_factory=list)
    elsewhere: int = 0
    twice: int = 0
    captures: int = 0
    unreadable: list[str] = field(default_factory=list)
    not_resumed: int = 0
    back_s: list[float] = field(default_factory=list)
    sets: int = 0
    unfinished: int = 0

    def figures(self) -> Mapping[str, object]:
        lost, back = sorted(self.lost_s), sorted(self.back_s)
        return {
            "kills": self.kills,
            "lost_p50_s": round(lost[len(lost) // 2], 2),
            "lost_max_s": round(lost[-1], 2),
            "missing_elsewhere": self.elsewhere,
            "captured_twice": self.twice,
            "captures": self.captures,
            "unreadable": self.unreadable,
            "not_resumed": self.not_resumed,
            "back_p50_s": round(back[len(back) // 2], 2),
            "back_max_s": round(back[-1], 2),
            "sets": self.sets,
            "unfinished": self.unfinished,
        }


class Box:
    """A small machine on which something starts the collector again whenever it ended."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.data = folder, folder / "data"
        self.socket = self.data / DEFAULT_NAME
        self._environ = {
            **os.environ,
            "DBUS_SYSTEM_BUS_ADDRESS": address,
            "IMUTRACK_CONFIG": str(folder / "imutrack.toml"),
            "IMUTRACK_DATA_DIR": str(self.data),
        }
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        with (self.folder / "collect.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "imutrack", "collect", env=self._environ, stdout=log, stderr=log
            )

    async def status(self) -> dict:
        try:
            [status] = await ask(self.socket, "status")
        except (OSError, ValueError):
            return {"straps": {"": {"state": "?"}}, "sessions": []}
        return status

    async def streaming(self, sessions: int, within_s: float = 30.0) -> bool:
        """Wait until all straps stream; return whether so many sessions are open by themselves."""
        async with asyncio.timeout(within_s):
            while True:
                status = await self.status()
                resumed = len(status["sessions"]) == sessions
                if all(strap["state"] == "streaming" for strap in status["straps"].values()) and resumed:
                    return True
                await asyncio.sleep(0.05)

    async def kill(self) -> int:
        self.process.send_signal(signal.SIGKILL)
        at_ns = time.monotonic_ns()
        await self.process.wait()
        return at_ns

    async def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15.0):
            await self.process.wait()


async def crashes(folder: Path, count: int, seed: int = 1) -> Found:
    """Kill a collector so many times."""
    settings = settings_in(folder)
    register(settings, *WEAR)
    plans = straps_of(["1", "2", "3"])
    (folder / "imutrack.toml").write_text(
        'clinic = "clinic"\ntimezone = "Europe/Berlin"\n[collector]\nhealth = ""\n'
        + "".join(f'[[strap]]\nlabel = "{s.label}"\nwearable = "{DOT}"\naddress = "{s.address}"\n' for s in plans)
    )
    found, chance, killed_ns = Found(), Random(seed), list[int]()  # noqa: S311 - the same in every run
    tracks = {label: motion(label, SHORT) for label in ("1", "2")} | {"3": motion("3")}
    async with RemoteRig(Plan(straps=plans, adapter=QUICK), tracks) as rig:
        box = Box(folder, rig.address)
        await box.start()
        await box.streaming(0)
        for patient, wear in WEAR.items():
            await ask(box.socket, "session start", patient=patient, wear=wear)
        while len(killed_ns) < count:
            for patient in WEAR:
                await ask(box.socket, "task start", patient=patient, exercise=KNEE, side="left", force=True)
            long = len(killed_ns) % 20 == 0
            await asyncio.sleep(chance.uniform(LONG_S + 0.5, LONG_S + 1.5) if long else chance.uniform(0.0, 1.5))
            killed_ns.append(await box.kill())
            await box.start()
            if len(killed_ns) < count and chance.random() < 0.3:  # once more, while it starts, connects and resumes
                await asyncio.sleep(chance.uniform(0.0, 2.0))
                killed_ns.append(await box.kill())
                await box.start()
            try:
                await box.streaming(len(WEAR))
            except TimeoutError:
                found.not_resumed += 1
                break
            found.back_s.append((time.monotonic_ns() - killed_ns[-1]) / 1e9)
        await _caught_up(box)
        await box.end()
        ledgers = {plan.label: (await rig.ledgers(plan.label))[0] for plan in plans}
    found.kills = len(killed_ns)
    _account(found, folder, ledgers, killed_ns)
    _count_sets(found, folder)
    return found


async def _caught_up(box: Box, within_s: float = 120.0) -> None:
    """Wait until the sets that were left are finished."""
    captures = box.data / "captures"
    async with asyncio.timeout(within_s):
        while True:
            with suppress(OSError, ValueError):
                gone = json.loads((captures / "finished.json").read_text())
                if sum(gone.get(path.name) == path.stat().st_size for path in captures.glob("*.mcap")) >= (
                    len(list(captures.glob("*.mcap"))) - len(WEAR) - 1
                ):
                    return
            await asyncio.sleep(0.2)


def _account(found: Found, folder: Path, ledgers, killed_ns: list[int]) -> None:
    came: dict[str, Counter[int]] = {label: Counter() for label in ledgers}
    for path in sorted((folder / "data" / "captures").glob("*.mcap")):
        found.captures += 1
        try:
            capture = read_capture(path)
        except RecordingError as error:
            found.unreadable.append(str(error).removeprefix(str(path)))
            continue
        for (strap, _), arrivals in capture.arrivals.items():
            came[strap].update(int.from_bytes(said[:4], "little") for _, said in arrivals if len(said) == 40)
    for label, ledger in ledgers.items():
        found.twice += sum(times - 1 for times in came[label].values())
        missing_ns = [
            sent_ns
            for tick, sent_ns, fate in zip(ledger.tick, ledger.sent_ns, ledger.fate, strict=True)
            if fate == Fate.SENT and tick not in came[label]
        ]
        for at_ns in killed_ns:
            near = [each for each in missing_ns if at_ns - 3e9 < each < at_ns + 1e9]
            found.lost_s.append(len(near) / RATE_HZ)
            missing_ns = [each for each in missing_ns if each not in near]
        found.elsewhere += len(missing_ns)


def _count_sets(found: Found, folder: Path) -> None:
    with LocalStore.open(folder / "data") as store:
        assert (folder / "data" / FILE_NAME).exists()
        stored = {row.text("recording") for patient in WEAR for row in store.sets(patient)}
    for path in (folder / "data" / "captures").glob("*.mcap"):
        with suppress(RecordingError):
            capture, sets = captured_sets(path)
            if not any(isinstance(event, TaskStarted) for event in capture.events):
                continue
            for each in sets:
                if each.stop_ns - each.start_ns > LONG_S * 1e9:
                    found.sets += 1
                    found.unfinished += hash_of(each, capture.arrivals) not in stored


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="imutrack-crash-") as folder:
        found = asyncio.run(crashes(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 200))
        sys.stdout.write(json.dumps(found.figures(), indent=1) + "\n")


if __name__ == "__main__":
    main()
