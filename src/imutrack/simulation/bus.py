"""A D-Bus of one's own: Debian's dbus-daemon in a temporary folder, which only its user can enter.

No root, no system service, no policy: whoever is told the address uses it, and nobody else finds it.
"""

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from imutrack.errors import SettingsError

__all__ = ["PrivateBus", "missing"]

_PROGRAM: Final = "dbus-daemon"
_START_S: Final = 10.0  # it takes 0.01 s; a loaded machine more

# Everybody on it may own any name and talk to anybody, and the limits are a session bus's: a system bus's are meant for
# many users who do not trust each other, and end connections that carry a signal for each of 7680 samples a second.
_CONFIG: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>imutrack</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
  <limit name="max_completed_connections">100000</limit>
  <limit name="max_connections_per_user">100000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""


def missing() -> str:
    """Say what is missing to run a bus; nothing when all is there."""
    if shutil.which(_PROGRAM):
        return ""
    return f"no {_PROGRAM} here: apt-get install --no-install-recommends dbus-daemon"


class PrivateBus:
    """A bus; enter it to start it.

    Its address stays the same when it is killed and started anew.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """What ``DBUS_SYSTEM_BUS_ADDRESS`` is set to for those who are to use it."""
        return f"unix:path={self._socket}"

    @property
    def ended(self) -> bool:
        """Whether the daemon ended by itself, or somebody else ended it."""
        return self._process is not None and self._process.returncode is not None

    async def __aenter__(self) -> Self:
        """Start it.

        Raises:
            SettingsError: there is no dbus-daemon, or it does not start.
        """
        lacking = missing()
        if lacking:
            raise SettingsError(lacking)
        self._folder = tempfile.TemporaryDirectory(prefix="imutrack-bus-")  # 0700
        try:
            await self.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Start the daemon where it does not run.

        Raises:
            SettingsError: it does not start.
        """
        if self._process is not None:
            return
        config = self._socket.with_name("bus.conf")
        config.write_text(_CONFIG.format(socket=self._socket), encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            *_dies_with_us(),
            _PROGRAM,
            f"--config-file={config}",
            "--nofork",
            "--nopidfile",
            "--print-address=1",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us
            stderr=asyncio.subprocess.DEVNULL,  # it complains that it may not raise its limits
        )
        said, spoken = b"", self._process.stdout
        with contextlib.suppress(TimeoutError):
            said = await asyncio.wait_for(spoken.readline(), _START_S) if spoken is not None else b""
        if not said:
            await self.kill()
            raise SettingsError(f"{_PROGRAM} does not start in {self._socket.parent}: run it by hand to see why")
        self._socket.chmod(0o600)

    async def kill(self) -> None:
        """End the daemon at once, as a crash would; safe twice."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()

    async def aclose(self) -> None:
        """End the daemon and delete its folder; safe twice."""
        await self.kill()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def _socket(self) -> Path:
        if self._folder is None:
            raise SettingsError("the bus is not started")
        return Path(self._folder.name) / "bus"


def _dies_with_us() -> list[str]:
    """Return what makes the kernel end the daemon when this process is killed; nothing where util-linux is missing."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
