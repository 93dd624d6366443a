"""One sender at a time for each store: a second one could store an older state of a point last."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from imutrack.errors import StoreError
from imutrack.stores.local import LocalStore

__all__ = ["sending_alone"]

_LOCK_NAME: Final = "sending.lock"


@contextmanager
def sending_alone(store: LocalStore) -> Generator[None]:
    """Be the only one who sends what waits in a store.

    Raises:
        StoreError: somebody else does.
    """
    path = store.database.path.with_name(_LOCK_NAME)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror})") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"{path.parent}: another imutrack is sending already: wait until it is done") from error
        yield
    finally:
        os.close(handle)  # and with it the lock goes, as it does when the process is killed
