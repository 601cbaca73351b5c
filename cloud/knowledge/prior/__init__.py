"""First guesses by composition alone, with their doubt: reaction energy with lithium, and shear modulus.

For compositions that the data lack. Where the data have the phases, `adatom materials interface` is the better answer.
"""
