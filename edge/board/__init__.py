"""The shells of a bench on MicroPython: lines, network, tasks. A board runs them; so does the unix port, on a PC."""
