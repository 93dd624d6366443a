"""A rig in a process of its own; see `imutrack.simulation.remote`."""

import asyncio
import gc

from imutrack.simulation.remote import serve

if __name__ == "__main__":
    gc.freeze()  # what was imported lives as long as the process: no collection need look at it
    asyncio.run(serve())
