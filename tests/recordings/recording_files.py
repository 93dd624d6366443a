"""Small synthetic recordings of one slow, tilting movement, written as each app writes them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

G = 9.80665
RATE_HZ = 50.0


@dataclass
class Movement:
    """A sensor that rests for two seconds and is then tilted to and fro about its y axis."""

    t_s: np.ndarray
    acc: np.ndarray  # m/s2
    gyr: np.ndarray  # rad/s

    def __len__(self) -> int:
        return len(self.t_s)


def movement(n: int = 600, rate_hz: float = RATE_HZ) -> Movement:
    t_s = np.arange(n) / rate_hz
    moving = np.clip(t_s - 2.0, 0.0, None)
    tilt = 0.6 * (1 - np.cos(2 * np.pi * 0.25 * moving))
    rate = np.gradient(tilt, t_s)
    acc = G * np.stack([-np.sin(tilt), np.zeros(n), np.cos(tilt)], axis=1)
    # dg/dt = g x w holds in the sensor's axes
    gyr = np.stack([np.zeros(n), rate, np.zeros(n)], axis=1)
    return Movement(t_s, acc, gyr)


def table(*columns: np.ndarray, separator: str = ",", fmt: str | list[str] = "%.7g", decimal: str = ".") -> str:
    out = io.StringIO()
    np.savetxt(out, np.column_stack(columns), fmt=fmt, delimiter=separator)
    text = out.getvalue()
    return text if decimal == "." else text.replace(".", decimal)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def plain(path: Path, header: str, *columns: np.ndarray, **kwargs: object) -> Path:
    return write(path, (header + "\n" if header else "") + table(*columns, **kwargs))


def neutral(path: Path, m: Movement | None = None) -> Path:
    m = m or movement()
    return plain(path, "t_s,ax,ay,az,gx,gy,gz", m.t_s, m.acc, m.gyr)


def metabase(
    folder: Path,
    sensor: str,
    values: np.ndarray,
    unit: str,
    *,
    mac: str = "C42732BE255C",
    ios: bool = False,
    epoch_ms: int = 1_547_219_408_431,
    rate_hz: float = RATE_HZ,
) -> Path:
    elapsed = np.arange(len(values)) / rate_hz
    epochs = epoch_ms + np.round(1000 * elapsed)
    first = "epoc (ms),timestamp (+0200)" if ios else "epoch (ms),time (01:00)"
    text = f"{first},elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})\n"
    for epoch, seconds, row in zip(epochs, elapsed, values, strict=True):
        text += f"{epoch:.0f},2019-01-11T16:10:08.431,{seconds:.3f},{row[0]:.9g},{row[1]:.9g},{row[2]:.9g}\n"
    return write(folder / f"set_MetaWear_2019-01-11T16.10.08.270_{mac}_{sensor}_{rate_hz:.3f}Hz_1.4.4.csv", text)


def dot_app(
    path: Path,
    columns: dict[str, np.ndarray],
    *,
    facts: str = "",
    tick_s: float = 1e-6,
    first: int = 677_851_206,
    rate_hz: float = 60.0,
    start: str = "2021-08-30_17:05:05_000 GMT+8",
    copyright_line: bool = True,
) -> Path:
    n = len(next(iter(columns.values())))
    ticks = (first + np.round(np.arange(n) / rate_hz / tick_s)).astype(np.int64) % (1 << 32)
    text = f"sep=,\nDeviceTag:,left thigh\nFirmwareVersion:,2.0.0\nAppVersion:,2021.0\n{facts}StartTime: ,{start}\n"
    text += "© Xsens Technologies B. V. 2005-2021\n\n" if copyright_line else "\n"
    text += ",".join(["PacketCounter", "SampleTimeFine", *columns]) + "\n"
    text += table(np.arange(1, n + 1), ticks, *columns.values(), fmt=["%d", "%d", *["%.6f"] * len(columns)])
    return write(path, text)


def dot_sdk(
    path: Path,
    columns: dict[str, np.ndarray],
    mode: str,
    *,
    tail: int = 0,
    rate: str = "60",
    tick_s: float = 1e-4,
    first: int = 2_403_473,
) -> Path:
    n = len(next(iter(columns.values())))
    ticks = first + np.floor(np.arange(n + tail) / 60.0 / tick_s).astype(np.int64)
    text = (
        "DeviceTag: Movella DOT,FirmwareVersion: 3.0.0,AppVersion: 2023.6.0,SyncStatus: Unknown (Synced/Un-synced),"
        f"OutputRate: {rate},FilterProfile: Unknown,Measurement Mode: {mode},StartTime: 2025-12-02 15:55:47.554,"
        "© Movella Technologies B.V. 2005-2025\n"
    )
    text += ",".join(["SampleTimeFine", *columns]) + "\n"
    text += table(ticks[:n], *columns.values(), fmt=["%d", *["%.4f"] * len(columns)])
    text += "".join(f"{tick}\n" for tick in ticks[n:])
    return write(path, text)


def xyz(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_{axis}": values[:, index] for index, axis in enumerate("XYZ")}


def sensor_logger(
    path: Path,
    values: np.ndarray,
    t_s: np.ndarray,
    *,
    order: str = "zyx",
    start_ns: int = 1_700_810_754_632_000_000,
    extra: dict[str, np.ndarray] | None = None,
) -> Path:
    text = ",".join(["time", "seconds_elapsed", *(order if values.size else ""), *(extra or {})]) + "\n"
    picked = values[:, ["xyz".index(axis) for axis in order]] if values.size else np.empty((len(t_s), 0))
    for index, seconds in enumerate(t_s):
        cells = [*picked[index], *(column[index] for column in (extra or {}).values())]
        text += f"{start_ns + round(seconds * 1e9)},{seconds:.9f}," + ",".join(f"{cell:.9g}" for cell in cells) + "\n"
    return write(path, text)


def metadata(folder: Path, platform: str, *, standardised: str | None = None, zone: str = "Africa/Nairobi") -> Path:
    names = "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion"
    values = f"3,Phone,1700810754632,2023-11-24_07-25-54,{zone},{platform},1.26.0"
    if standardised is not None:
        names, values = f"{names},standardisation", f"{values},{standardised}"
    return write(folder / "Metadata.csv", f"{names}\n{values}")


def phyphox(
    path: Path, names: list[str], columns: np.ndarray, t_s: np.ndarray, *, separator: str = ",", decimal: str = "."
) -> Path:
    header = separator.join(f'"{name}"' for name in ["Time (s)", *names])
    return plain(path, header, t_s, columns, separator=separator, fmt="%.9E", decimal=decimal)


def phyphox_times(folder: Path, separator: str = ",") -> Path:
    rows = [
        ["event", "experiment time", "system time", "system time text"],
        ["START", "0.000000000000000E0", "1.685389948528049E9", "2023-05-29 16:52:28.528 UTC-03:00"],
        ["PAUSE", "2.194614754163194E1", "1.685389970474225E9", "2023-05-29 16:52:50.474 UTC-03:00"],
    ]
    text = "\n".join(separator.join(f'"{cell}"' if cell[0].isalpha() else cell for cell in row) for row in rows)
    return write(folder / "meta" / "time.csv", text + "\n")
