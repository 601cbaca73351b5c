"""`python -m tests.fuzz.guided TEXT [SECONDS]`: frames led by coverage into each decoder whose name holds a text.

Needs atheris (libFuzzer), which the other tests do without: pip install atheris, on x86_64 Linux. Each decoder runs in
a process of its own; the first frame that crashes or passes for a sealed one is printed, and the exit code is 1.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 60
FRAME_MAX = 4096  # long frames slow the search down, and what breaks a decoder is short


def guide(name: str, seconds: int) -> None:
    """Search in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["adatom"]):
        from tests.fuzz.targets import targets
    target = next(one for one in targets() if one.name == name)

    def one(data: bytes) -> None:
        try:
            taken = target.take(data)
        except target.allowed:
            return
        assert not (taken and target.sealed and data not in target.known), "accepted"

    with tempfile.TemporaryDirectory() as corpus:
        for number, frame in enumerate(target.corpus):
            (Path(corpus) / str(number)).write_bytes(frame)
        words = [sys.argv[0], corpus, f"-max_total_time={seconds}", f"-max_len={FRAME_MAX}", "-timeout=10", "-seed=1",
                 "-print_final_stats=1", f"-artifact_prefix={tempfile.gettempdir()}/"]  # fmt: skip
        atheris.Setup(words, one)
        atheris.Fuzz()


def main(text: str, seconds: int) -> int:
    from tests.fuzz.targets import targets

    bad = []
    for target in targets():
        if text not in target.name:
            continue
        command = [sys.executable, "-m", "tests.fuzz.guided", "--one", target.name, str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        runs = [line.split()[-1] for line in lines if line.startswith("stat::number_of_executed_units")]
        print(
            f"{target.name:<22} frames {runs[0] if runs else '?'}  {'ok' if done.returncode == 0 else 'BAD'}",
            flush=True,
        )
        if done.returncode:
            bad.append(target.name)
            print("\n".join(lines[-40:]))
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        guide(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS))
