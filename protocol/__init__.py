"""The contract between bench and cloud. No clock, no I/O; runs on MicroPython and CPython alike."""
