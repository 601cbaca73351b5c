"""How much the wire carries, beside the limits of its parts, all in one run on one machine.

A sample is one reading of one channel; a point holds all of a tick, and is one row of the database. Simulated benches
with real stations, journals and links publish over mosquitto to `adatom cloud run`: end to end. Then the rows that
came of it go once more into a fresh database, by nothing but inserts; the same messages over the broker, with bare
clients; and through the cloud's ingest alone, which has them at hand.

Run by `make rates`; `--json` prints all figures.
"""
