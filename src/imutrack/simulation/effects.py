"""What the faults that are going on at a moment mean for one strap or for the adapter."""

from imutrack.simulation.faults import Fault, Kind

__all__ = ["Effects"]


class Effects:
    """The sum of the faults going on.

    The moment of sending asks for these 7680 times a second, so they are plain attributes, set when a fault begins or
    ends.

    Attributes:
        silent: nothing is notified.
        silent_streams: of which nothing is notified; empty as a rule.
        dead: nothing is answered.
        unreachable: no advertisement and no link.
        forgotten: BlueZ has forgotten the device.
        held: the host delivers nothing for now.
        loss, duplicate, reorder: shares of packets.
        rssi_dbm: what is advertised instead of the truth; None where it is the truth.
        in_progress, abort: how Connect is answered.
        slow_s: how much longer Connect takes.
        refuse_notify: how a subscription is answered.
        unpaired: how everything is answered.
        full: the adapter takes no further link.
        scan_busy: how StartDiscovery is answered.
        scan_late_s: how late StartDiscovery is answered.
        deaf: the adapter hears no advertisement.
    """

    __slots__ = (
        "_going_on",
        "abort",
        "dead",
        "deaf",
        "duplicate",
        "forgotten",
        "full",
        "held",
        "in_progress",
        "loss",
        "refuse_notify",
        "reorder",
        "rssi_dbm",
        "scan_busy",
        "scan_late_s",
        "silent",
        "silent_streams",
        "slow_s",
        "unpaired",
        "unreachable",
    )

    def __init__(self) -> None:
        self._going_on: list[Fault] = []
        self._sum_up()

    def begin(self, fault: Fault) -> None:
        """Let a fault begin."""
        self._going_on.append(fault)
        self._sum_up()

    def end(self, fault: Fault) -> None:
        """Let it end; nothing happens where it has ended."""
        if fault in self._going_on:
            self._going_on.remove(fault)
        self._sum_up()

    def end_all(self, kind: Kind) -> None:
        """Let every fault of a kind end."""
        self._going_on = [fault for fault in self._going_on if fault.kind is not kind]
        self._sum_up()

    def has(self, kind: Kind) -> bool:
        """Whether a fault of this kind is going on."""
        return any(fault.kind is kind for fault in self._going_on)

    def _sum_up(self) -> None:
        kinds = {fault.kind for fault in self._going_on}
        self.dead = Kind.ZOMBIE in kinds
        stalled = {fault.stream for fault in self._going_on if fault.kind is Kind.STALL}
        self.silent = self.dead or "" in stalled
        self.silent_streams = frozenset(stalled - {""})
        self.forgotten = Kind.VANISH in kinds
        self.unreachable = self.forgotten or Kind.DROP in kinds
        self.held = Kind.HOST_STALL in kinds
        self.loss, self.duplicate, self.reorder = map(self._size, (Kind.LOSS, Kind.DUPLICATE, Kind.REORDER))
        self.rssi_dbm = round(self._size(Kind.RSSI)) if Kind.RSSI in kinds else None
        self.in_progress, self.abort = Kind.IN_PROGRESS in kinds, Kind.ABORT in kinds
        self.slow_s = self._size(Kind.SLOW_CONNECT)
        self.refuse_notify, self.unpaired = Kind.REFUSE_NOTIFY in kinds, Kind.UNPAIRED in kinds
        self.scan_late_s = self._size(Kind.SCAN_LATE)
        self.full, self.scan_busy, self.deaf = Kind.NO_SLOTS in kinds, Kind.SCAN_BUSY in kinds, Kind.DEAF in kinds

    def _size(self, kind: Kind) -> float:
        """Return the amount of the fault of a kind that began last; 0 where there is none."""
        return next((fault.size for fault in reversed(self._going_on) if fault.kind is kind), 0.0)
