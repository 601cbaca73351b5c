"""Sparkplug B (Eclipse Sparkplug 3.0): the bridge as an edge node, each bench as a device of it."""
