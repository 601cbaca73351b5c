"""Does a material react with lithium: reaction energies and windows of potentials from computed formation energies.

Thermodynamics of bulk phases alone: no interface is built, so nothing here is a work of adhesion, and nothing a rate.
"""
