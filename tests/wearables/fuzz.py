"""Throws random and damaged payloads at every wearable: ``python tests/wearables/fuzz.py 1000000 [seed]``.

Half are nonsense, half are what a simulated device sends, with bits turned, bytes cut, joined or repeated. Each decoder
keeps its memory over a thousand payloads, as over a link. Whatever is no packet and no DecodeError ends it with the
payload that did it.
"""

import random
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from imutrack.samples import QUANTITIES, Quantity
from imutrack.wearables import WEARABLES, Notification, Packet, Stream
from wearables.making import SET_UPS, SetUp, check, throw

A_LINK = 1000
LONGEST = 244


def sent(set_up: SetUp, chance: random.Random) -> list[Notification]:
    """What such a device could send."""
    notifications = []
    for stream in set_up.streams:
        count = stream.per_packet or chance.randint(2, 12)
        values = {quantity: tuple(_row(quantity, chance) for _ in range(count)) for quantity in stream.quantities}
        notifications += set_up.profile.encode(Packet(stream.name, values, _ticks(stream, count, chance)))
    if set_up.wearable.battery and set_up.wearable.battery in set_up.characteristics:
        notifications.append((set_up.wearable.battery, bytes([chance.randint(0, 120)])))
    return notifications


def _row(quantity: Quantity, chance: random.Random) -> tuple[float, ...]:
    if quantity is Quantity.QUAT:
        return (0.5, -0.5, 0.5, 0.5)
    return tuple(chance.uniform(-2, 2) for _ in range(QUANTITIES[quantity]))


def _ticks(stream: Stream, count: int, chance: random.Random) -> tuple[int, ...]:
    if stream.clock is None:
        return ()
    first = chance.randrange(1 << min(stream.clock.bits or 40, 40))
    return tuple((first + i) % (1 << (stream.clock.bits or 42)) for i in range(count))[
        : None if stream.clock.stamps == "each" else 1
    ]


def damaged(payload: bytes, other: bytes, chance: random.Random) -> bytes:
    """A payload after what a bad link or a bug may do to it."""
    match chance.randrange(6):
        case 0:
            return payload[: chance.randint(0, len(payload))]
        case 1:
            return payload[chance.randint(0, len(payload)) :]
        case 2:
            return payload + other
        case 3:
            at = chance.randint(0, len(payload))
            return payload[:at] + chance.randbytes(chance.randint(1, 20)) + payload[at:]
        case 4:
            turned = bytearray(payload)
            for _ in range(chance.randint(1, 4)):
                if turned:
                    turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
            return bytes(turned)
        case _:
            return payload


def fuzz(count: int, seed: int = 0) -> Counter[str]:
    """Throw ``count`` payloads at each wearable, its set-ups in turn; return how many gave packets."""
    gave: Counter[str] = Counter()
    for name in WEARABLES:
        chance = random.Random(f"{seed} {name}")  # noqa: S311 - the same in every run
        mine = cycle([each for each in SET_UPS if each.wearable.id == name])
        for start in range(0, count, A_LINK):
            gave[name] += one_link(next(mine), min(A_LINK, count - start), chance)
    return gave


def one_link(set_up: SetUp, count: int, chance: random.Random) -> int:
    """Throw payloads at one decoder."""
    decoder, gave = set_up.profile.decoder(), 0
    good = [notification for _ in range(8) for notification in sent(set_up, chance)]
    for _ in range(count):
        if good and chance.random() < 0.5:
            where, payload = chance.choice(good)
            payload = damaged(payload, chance.choice(good)[1], chance)
        else:
            where, payload = chance.choice(set_up.characteristics), chance.randbytes(chance.randint(0, LONGEST))
        try:
            gave += throw(decoder, where, payload) > 0
        except Exception as error:
            error.add_note(f"{set_up.name}: {where} {payload.hex()}")
            raise
    check(decoder.finish())
    return gave


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    began = time.monotonic()
    for name, gave in fuzz(count, int(sys.argv[2]) if len(sys.argv) > 2 else 0).items():
        sys.stdout.write(f"{name:14} {count} payloads, {gave} gave packets, the rest a DecodeError or nothing yet\n")
    sys.stdout.write(f"no crash in {count * len(WEARABLES)} payloads, {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
