"""Cycling files written here as the instruments write them, following their public descriptions."""

from collections.abc import Callable

import numpy as np

Row = tuple[float, float, float, int]  # s, mA, V, cycle


def symmetric(
    cycles: int = 5, volts: Callable[[int], float] = lambda cycle: 0.03, amps: Callable[[int], float] = lambda c: 1e-4
) -> list[Row]:
    """Half cycles of an hour at the current, five rows each, between rests of a minute."""
    rows, now = [], 0.0
    for cycle in range(1, cycles + 1):
        for sign in (1, -1):
            rows.append((now, 0.0, 0.001, cycle))
            for share in np.linspace(0, 1, 5):
                rows.append((now + 60 + 3600 * share, sign * 1000 * amps(cycle), sign * volts(cycle), cycle))
            now += 3720
    return rows


def full(cycles: int = 10, fade: float = 0.01, efficiency: float = 0.99) -> list[Row]:
    """A full cell: charged from 3 to 4.2 V, then discharged; capacity (1 - fade)^cycle of 1 mAh."""
    rows, now = [], 0.0
    for cycle in range(1, cycles + 1):
        seconds = 3600 * (1 - fade) ** cycle
        for sign, length in ((1, seconds / efficiency), (-1, seconds)):
            for share in np.linspace(0, 1, 6):
                rows.append((now + length * share, sign * 1.0, 3.6 + sign * (1.2 * share - 0.6), cycle))
            now += length + 1
    return rows


def plain(rows: list[Row], delimiter: str = ",", decimal: str = ".") -> str:
    """Delimited text with names."""
    lines = ["time_s;current_ma;voltage_v;cycle".replace(";", delimiter)]
    lines += [delimiter.join((f"{t:.3f}", f"{i:.6f}", f"{v:.6f}", str(n))).replace(".", decimal) for t, i, v, n in rows]
    return "\n".join(lines) + "\n"


def biologic(rows: list[Row]) -> str:
    """EC-Lab text of a galvanostatic technique with a decimal comma, cycles counted from 0."""
    names = "mode\tox/red\terror\tNs\ttime/s\tcontrol/V/mA\tEwe/V\t<I>/mA\tdQ/mA.h\thalf cycle\tcycle number\t"
    head = ["EC-Lab ASCII FILE", "Nb header lines : 6", "", "Galvanostatic Cycling with Potential Limitation",
            "Run on channel : 3", names]  # fmt: skip
    body = [f"1\t1\t0\t0\t{t:.6E}\t0\t{v:.6E}\t{i:.6E}\t0\t0\t{n - 1:.6E}" for t, i, v, n in rows]
    return "\n".join([*head, *(line.replace(".", ",") for line in body)]) + "\n"


def clock(seconds: float) -> str:
    """h:mm:ss.ms as Neware writes it."""
    return f"{int(seconds // 3600)}:{int(seconds // 60) % 60:02d}:{seconds % 60:06.3f}"


def neware_layers(rows: list[Row]) -> str:
    """Cycles, steps and rows in layers; the time begins again at each step."""
    lines = ["Cycle ID,Cap_Chg(mAh),Cap_DChg(mAh),,,,", ",Step ID,Step Name,Step Time(h:min:s.ms),Capacity(mAh),,",
             ",,Record ID,Time(h:min:s.ms),Voltage(V),Current(mA),Capacity(mAh)"]  # fmt: skip
    cycle, sign, begin, step = 0, 0.0, 0.0, 0
    for number, (t, i, v, n) in enumerate(rows, 1):
        if n != cycle:
            cycle = n
            lines.append(f"{n},1.0,1.0,,,,")
            sign = 9.0
        if np.sign(i) != sign:
            sign, begin, step = float(np.sign(i)), t, step + 1
            lines.append(f",{step},CC,{clock(3600)},1.0,,")
        lines.append(f",,{number},{clock(t - begin)},{v:.4f},{i:.4f},0")
    return "\n".join(lines) + "\n"
