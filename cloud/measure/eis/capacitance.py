"""The capacitance that a constant phase element stands for, as logarithms of log-parameters.

Which formula holds depends on how time constants are spread: along the surface Brug's, along the normal that of Hsu and
Mansfeld (Hirschorn et al. 2010, Electrochim. Acta 55, 6218, derive and compare them). For n = 1 all are equal. Q is
that of Z = 1 / (Q (jω)^n), in S s^n.
"""

import numpy as np


def brug_faradaic(log_q: float, n: float, log_r_series: float, log_r: float) -> float:
    """log C in F of an interface with resistance R behind R_s: Q^(1/n) (1/R_s + 1/R)^((n-1)/n).

    Brug et al. 1984, J. Electroanal. Chem. 176, 275.
    """
    return (log_q + (n - 1.0) * float(np.logaddexp(-log_r_series, -log_r))) / n


def brug_blocking(log_q: float, n: float, log_r_series: float) -> float:
    """log C in F of a blocking electrode behind R_s: Q^(1/n) R_s^((1-n)/n). Brug et al. 1984."""
    return (log_q + (1.0 - n) * log_r_series) / n


def hsu_mansfeld(log_q: float, n: float, log_r: float) -> float:
    """log C in F of an arc: Q^(1/n) R^((1-n)/n) = τ / R. Hsu and Mansfeld 2001, Corrosion 57, 747."""
    return (log_q + (1.0 - n) * log_r) / n
