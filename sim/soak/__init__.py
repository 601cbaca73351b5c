"""The fault rig of the wire: real processes, a network that misbehaves, and a checker of what came of it."""
