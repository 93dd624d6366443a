"""A link to a wearable without a radio, for tests: what it is told as bytes, what it says as packets."""

from collections.abc import Iterable
from typing import Any

from imutrack.wearables import NO_FACTS, Ask, Facts, Notification, Packet, Profile, Recipe, Subscribe, Wearable, Write


def profile_of(wearable: Wearable[Any], facts: Facts = NO_FACTS, **settings: Any) -> Profile:
    return wearable.profile(wearable.set_up(settings), facts)


def written(recipe: Recipe) -> list[str]:
    """Return what a recipe writes, in hexadecimal, in order."""
    writes = [each.write if isinstance(each, Ask) else each for each in recipe]
    return [each.data.hex() for each in writes if isinstance(each, Write)]


def subscribed(recipe: Recipe) -> list[str]:
    return [each.characteristic for each in recipe if isinstance(each, Subscribe)]


def heard(profile: Profile, notifications: Iterable[Notification]) -> list[Packet]:
    """Return the packets of one connection."""
    decoder = profile.decoder()
    packets = [packet for each in notifications for packet in decoder.feed(*each)]
    return packets + decoder.finish()


def there_and_back(profile: Profile, packet: Packet) -> list[Packet]:
    return heard(profile, profile.encode(packet))
