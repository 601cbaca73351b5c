"""Inputs of calculations, each read by its own rules: VASP, Quantum ESPRESSO, LAMMPS."""
