"""``python -m imutrack`` is ``imutrack``."""

from imutrack.cli import main

main()
