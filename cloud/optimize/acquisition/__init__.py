"""How much a point is worth trying, in logarithms: pure functions of predictions. No model, space or tell here.

A gain is a log expected improvement or hypervolume; chances and costs add to it as logs.
"""
