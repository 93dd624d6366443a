"""A real InfluxDB for the tests that need one.

``IMUTRACK_TEST_INFLUX_URL`` with ``_ORG``, ``_TOKEN`` and, where the token may make none, ``_WRITE_TOKEN`` and
``_READ_TOKEN`` runs them on any InfluxDB. ``IMUTRACK_REQUIRE_SERVERS=1`` makes a missing server a failure.
"""

import os
from collections.abc import Iterator

import pytest

from influx.front import Front
from influx.instance import Bucket, Influx
from influx.server import missing, missing_of_own, own, running
from influx.stub import Stub
from influx.wire import Wire


@pytest.fixture(scope="session")
def influx() -> Iterator[Influx]:
    """A real InfluxDB, one for each process that runs tests."""
    lacking = missing()
    if lacking and os.environ.get("IMUTRACK_REQUIRE_SERVERS") == "1":
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def own_influx(influx: Influx) -> Iterator[Influx]:
    """Our own 1.6.7, also where the environment names another server."""
    if influx.processes:
        yield influx
        return
    if lacking := missing_of_own():
        pytest.skip(lacking)
    with own() as server:
        yield server


@pytest.fixture
def bucket(influx: Influx) -> Iterator[Bucket]:
    """A bucket of the test's own, with a token that may write and one that may read."""
    with influx.bucket() as made:
        yield made


@pytest.fixture
def wire(influx: Influx) -> Iterator[Wire]:
    """The way to the real InfluxDB, with faults on demand; see `influx.faulty`."""
    with Wire(influx) as way:
        yield way


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A stand-in for InfluxDB 2, with faults on demand; see `influx.stub`."""
    with Stub() as server:
        yield server


@pytest.fixture
def front(own_influx: Influx) -> Iterator[Front]:
    """The stand-in for InfluxDB 2 with the real 1.6.7 behind it, so that it answers InfluxQL; see `influx.front`."""
    with Front(own_influx) as server:
        yield server
