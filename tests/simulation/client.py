"""A client as small as can be: carries out the recipes of a wearable over Bleak and decodes what comes."""

import asyncio
from typing import Any

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from imutrack.wearables import WEARABLES, Answer, Ask, Packet, Read, Recipe, Subscribe, Write

SOCKETS = {"use_start_notify": False}  # AcquireNotify
SIGNALS = {"use_start_notify": True}  # StartNotify


class Client:
    """One connection.

    Args:
        link: connected.
        wearable, settings: what is at its other end.
        bluez: how to subscribe.
    """

    def __init__(
        self, link: BleakClient, wearable: str, settings: dict[str, Any] | None = None, bluez: dict[str, bool] = SOCKETS
    ) -> None:
        self.link, self.wearable, self.bluez = link, WEARABLES[wearable], bluez
        self.facts: dict[str, bytes] = {}
        self.settings = self.wearable.set_up(settings or {})
        self.profile = self.wearable.profile(self.settings, self.facts)
        self._subscribed: set[str] = set()
        self.notified: list[tuple[str, bytes]] = []

    async def start(self) -> None:
        """Look at the device and let it send."""
        await self.carry_out(self.wearable.look)
        self.profile = self.wearable.profile(self.settings, self.facts)
        await self.carry_out(self.profile.start)

    async def stop(self) -> None:
        """Let it rest."""
        await self.carry_out(self.profile.stop)

    async def carry_out(self, recipe: Recipe) -> None:
        for action in recipe:
            match action:
                case Subscribe(characteristic):
                    if characteristic not in self._subscribed:  # recipes may say so twice, BlueZ takes it once
                        await self.link.start_notify(characteristic, self._heard, bluez=self.bluez)
                        self._subscribed.add(characteristic)
                case Read(characteristic, fact):
                    self.facts[fact] = bytes(await self.link.read_gatt_char(characteristic))
                case Write(characteristic, data, response):
                    await self.link.write_gatt_char(characteristic, data, response=response)
                case Ask(write, answer):
                    await self.carry_out((write,))
                    async with asyncio.timeout(5):
                        payload = await self._answer(answer)
                    self.facts |= {answer.fact: payload} if answer.fact else {}

    async def _answer(self, answer: Answer) -> bytes:
        """Wait for an answer, and take it out of what is decoded."""
        while True:
            for uuid, payload in self.notified[:]:
                if uuid == answer.characteristic and answer.judge(payload):
                    self.notified.remove((uuid, payload))
                    return payload
            await asyncio.sleep(0.002)

    @property
    def packets(self) -> list[Packet]:
        """What was notified, decoded; what answers commands is left out."""
        decoder = self.profile.decoder()
        streams = {stream.name for stream in self.profile.streams}
        found = [packet for uuid, payload in self.notified for packet in decoder.feed(uuid, payload)]
        return [packet for packet in found if packet.stream in streams]

    @property
    def ticks(self) -> list[int]:
        """The first time stamp of every packet."""
        return [packet.ticks[0] for packet in self.packets]

    def _heard(self, characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
        self.notified.append((characteristic.uuid, bytes(payload)))
