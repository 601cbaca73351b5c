"""The twin's worlds as one more family, for the methods that know recipes: adatom, random and Sobol.

The loop, the judging and the physics are sim/benchmark.py's; a seed is a world. All three are judged by the same
surrogate over their own points.
"""

import time

from adatom.sim import benchmark

from .search import VERSION, Record

FAMILY = "twin"
VARIANTS = {f"twin_{variant}": variant for variant in benchmark.VARIANTS}
STRATEGIES = {"adatom": "bo", "random": "random", "sobol": "sobol"}


def search(name: str, method: str, seed: int, evaluations: int) -> Record:
    """The record of a search in a world: true resistance of reference and incumbents, in ohm cm2."""
    began = time.process_time()
    found = benchmark.search(benchmark.Job(VARIANTS[name], seed, STRATEGIES[method], evaluations))
    return {
        "version": VERSION,
        "problem": name,
        "family": FAMILY,
        "method": method,
        "seed": seed,
        "evaluations": evaluations,
        "failed": found["failed"],
        "reference": found["reference"][benchmark.PRIMARY],
        "incumbents": {mark: values[benchmark.PRIMARY] for mark, values in found["incumbents"].items()},
        "cpu_s": [round((time.process_time() - began) / evaluations, 4)],
    }
