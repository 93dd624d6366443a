"""What a capture says besides readings: on which side straps were worn, and that also where no set was done."""

from collections.abc import Mapping
from dataclasses import replace

from imutrack.capture import FORMAT, Outline, sets_in, timezone_of
from imutrack.capture.events import Connected, Worn
from imutrack.recordings.description import Description, SensorDescription, describe
from imutrack.recordings.grouping import FileGroup
from imutrack.recordings.imutrack_capture import IMUTRACK_CAPTURE, no_set_in, outline_now
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.registry import read_group
from imutrack.samples import StartSource
from imutrack.task import Side

__all__ = ["describe_group"]


def describe_group(group: FileGroup, options: ReadOptions) -> Description:
    """Describe one recording; a capture in which no set was done by what it says of its straps.

    Raises:
        RecordingError: it cannot be read.
        MissingFactError: the file does not say a fact that cannot be guessed; the option is named.
        SettingsError: an option does not fit.
    """
    if group.reader != IMUTRACK_CAPTURE.name:
        return describe(read_group(group, options))
    source = group.sources[0]
    capture = outline_now(source)
    if source.set_number is None:
        return _without_a_set(str(source), capture)
    description = describe(read_group(group, options))
    sides = _sides_in(capture, source.set_number)
    sensors = (replace(sensor, side=sides.get(sensor.label)) for sensor in description.sensors)
    return replace(description, sensors=tuple(sensors))


def _sides_in(capture: Outline, number: int) -> Mapping[str, Side | None]:
    return {strap.label: strap.side for found in sets_in(capture) if found.number == number for strap in found.straps}


def _without_a_set(source: str, capture: Outline) -> Description:
    worn = {event.strap: event for event in capture.events if isinstance(event, Worn)}
    connected = {event.strap for event in capture.events if isinstance(event, Connected)}
    sent = {strap for strap, _ in capture.blocks.keys}
    begin_ns = min(event.at_ns for event in capture.events)
    end_ns = max(capture.end_ns, *(event.at_ns for event in capture.events))
    return Description(
        format=FORMAT,
        sources=(source,),
        start=begin_ns / 1e9,
        start_source=StartSource.FILE,
        zone=timezone_of(capture),
        zone_assumed=False,
        duration_s=(end_ns - begin_ns) / 1e9,
        content_hash="",
        sensors=tuple(_strap(label, worn.get(label)) for label in sorted({*worn, *connected, *sent})),
        notes=(no_set_in(capture),),
    )


def _strap(label: str, worn: Worn | None) -> SensorDescription:
    if worn is None:
        return SensorDescription(label=label, placement=None, quantities=())
    return SensorDescription(label=label, placement=worn.placement, quantities=(), side=worn.side)
