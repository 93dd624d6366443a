"""The dashboards: what each shows, in the order in which they are offered."""

from typing import Final

from imutrack.grafana.boards import balance, clinic, devices, patient, session
from imutrack.grafana.model import Board

__all__ = ["BOARDS"]

BOARDS: Final[tuple[Board, ...]] = (clinic.BOARD, patient.BOARD, session.BOARD, balance.BOARD, devices.BOARD)
