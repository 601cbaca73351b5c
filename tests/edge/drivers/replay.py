"""Runs on MicroPython: replays the log of a Wire on a driver and prints its readings as JSON.

Standard input: {"module", "class", "log", "names", "now"}. Exits with an error when the driver sends other bytes.
"""

import binascii
import json
import sys

work = json.loads(sys.stdin.read())
module = __import__("adatom.edge.drivers." + work["module"], None, None, [work["class"]])
driver = getattr(module, work["class"])()
for now, what, data in work["log"]:
    if what == "out":
        sent = binascii.hexlify(driver.outgoing(now)).decode()
        if sent != data:
            raise SystemExit(f"at {now} ms: sent {sent}, not {data}")
    elif what == "in":
        driver.feed(binascii.unhexlify(data), now)
    else:
        driver.write(data[0], data[1], now, data[2])
values = [driver.value(name, work["now"]) for name in work["names"]]
print(json.dumps({"values": values, "identity": driver.identity, "errors": driver.errors}))
