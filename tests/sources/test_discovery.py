"""How often a scanner is started, and what becomes of a start that takes long: in a loop whose time jumps."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bleak.exc import BleakDBusError, BleakError

from collector.warped import warped
from imutrack.collector.links.scanning import Finder
from imutrack.collector.settings import StrapSettings
from imutrack.sources.discovery import Discovery

STRAP = StrapSettings(label="1", wearable="movella-dot", address="AA:00:00:00:00:01")


@dataclass
class Service:
    """A Bluetooth service as a scanner meets it: a start that was sent is carried out, whoever still waits for it."""

    starts_s: float = 0.1
    refuses: bool = False
    asked: int = 0
    looks: bool = False
    known: bool = False  # to the scanner, which can only stop what it knows of
    done: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.asked += 1
        if self.refuses:
            raise BleakError("adapter 'hci0' not found")
        if self.looks:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self.looks = True
        await asyncio.sleep(self.starts_s)
        self.known = True
        self.done.append("started")

    async def stop(self) -> None:
        if self.known:
            self.known = self.looks = False
            self.done.append("stopped")

    async def end_stray(self) -> None:
        self.looks = self.known = False
        self.done.append("ended a stray")

    @asynccontextmanager
    async def discovery(self):
        made = Discovery(lambda: self, end_stray=self.end_stray)
        made.service(there=True)
        try:
            yield made
        finally:
            await made.stop()


@dataclass
class Radio:
    discovery: Discovery

    def watch(self, _on_seen: object) -> None:
        """Nobody advertises here."""

    def discover(self, *, wanted: bool) -> None:
        self.discovery.want(wanted=wanted)


def test_an_adapter_that_cannot_scan_is_asked_twice_a_second_at_most_for_as_long_as_it_takes():
    async def main():
        service = Service(refuses=True)
        async with service.discovery() as discovery:
            finder = Finder([STRAP], Radio(discovery), asyncio.get_running_loop().time)
            finder.look_for("1")
            waits = asyncio.create_task(finder.wait_for("1", 0.0))  # which begins anew every few seconds
            asked = []
            for _ in range(6):
                before = service.asked
                await asyncio.sleep(600)
                asked.append((service.asked - before) / 600)
                assert len(asyncio.all_tasks()) <= 3
            waits.cancel()
        return asked

    assert all(1.5 < often <= 2.0 for often in warped(main()))


def test_a_retry_does_not_outlive_the_wish_to_look():
    async def main():
        service = Service(refuses=True)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(10)
            discovery.want(wanted=False)
            await asyncio.sleep(1)
            before = service.asked
            await asyncio.sleep(600)
            return service.asked - before

    assert warped(main()) == 0


def test_an_adapter_that_comes_back_is_asked_at_once():
    async def main():
        service = Service(refuses=True)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(10.1)
            service.refuses = False
            discovery.service(there=True)
            await asyncio.sleep(0.11)
            return discovery.running

    assert warped(main())


@pytest.mark.parametrize("starts_s", [4.0, 20.0])
def test_a_start_that_takes_long_is_waited_for_and_kept(starts_s):
    async def main():
        service = Service(starts_s=starts_s)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(starts_s + 0.1)
            assert discovery.running
            await discovery.stop()
            return service

    service = warped(main())
    assert service.asked == 1
    assert service.done == ["started", "stopped"]


def test_a_start_that_nobody_wants_any_more_is_waited_for_and_stopped():
    async def main():
        service = Service(starts_s=4.0)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(1)
            discovery.want(wanted=False)
            await asyncio.sleep(10)
            return service, discovery.running

    service, running = warped(main())
    assert not running
    assert service.done == ["started", "stopped"]


def test_a_start_that_is_never_answered_is_given_up_and_what_it_left_behind_is_ended():
    async def main():
        service = Service(starts_s=float("inf"))
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(24)
            assert (service.asked, service.done) == (1, [])
            service.starts_s = 0.1
            await asyncio.sleep(3)
            return service, discovery.running

    service, running = warped(main())
    assert running
    assert service.done == ["ended a stray", "started", "stopped"]


def test_a_connection_is_not_held_up_by_a_start_that_takes_long():
    async def main():
        loop, service = asyncio.get_running_loop(), Service(starts_s=20.0)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(5)
            began_s = loop.time()
            async with discovery.paused():
                took_s = loop.time() - began_s
                await asyncio.sleep(20)
                assert not discovery.running
            await asyncio.sleep(20.1)
            assert discovery.running
            return took_s

    assert warped(main()) < 0.1


def test_a_stop_does_not_wait_for_a_start_that_takes_long():
    async def main():
        loop, service = asyncio.get_running_loop(), Service(starts_s=20.0)
        async with service.discovery() as discovery:
            discovery.want(wanted=True)
            await asyncio.sleep(1)
            began_s = loop.time()
            await discovery.stop()
            assert len(asyncio.all_tasks()) == 1
            return loop.time() - began_s

    assert warped(main()) < 1.0
