"""What a shear modulus says about lithium's growth through an electrolyte: a ratio, and how little that is.

Monroe and Newman, J. Electrochem. Soc. 152, A396 (2005) (from memory).
"""

LITHIUM_SHEAR_GPA = (3.4, 4.2)  # of the bulk metal: 3.4 is Monroe and Newman's figure, 4.2 of polycrystals (memory)
CAUTION = (
    "G/G(Li) above about 2 keeps a flat, perfect interface flat (Monroe and Newman 2005). Ceramics of ten times as "
    "much are still pierced along pores, grain boundaries and cracks: below 2 is a warning, above 2 no promise."
)


def lithium_ratio(shear_gpa: float) -> tuple[float, float]:
    """(lowest, highest) of G / G(Li), for the range of lithium's own modulus."""
    soft, stiff = LITHIUM_SHEAR_GPA
    return shear_gpa / stiff, shear_gpa / soft
