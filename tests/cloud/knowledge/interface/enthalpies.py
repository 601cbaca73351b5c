"""Measured enthalpies of formation, to see how far the shipped energies can be trusted.

Values at 298 K in kJ/mol of the formula, quoted from memory of the standard tables (CRC Handbook of Chemistry and
Physics; NIST-JANAF): to be checked before they are used for anything else. Binary compounds of one usual crystal.
"""

KJ_MOL_IN_EV = 1.0 / 96.485  # one kJ/mol (CODATA: 96.485 kJ/mol is 1 eV)

ENTHALPIES_KJ_MOL = {
    "Li2O": -597.9, "Li2S": -441.4, "LiF": -616.0, "LiCl": -408.6, "Li3N": -164.6, "Li2O2": -632.6, "Na2O": -414.2,
    "NaCl": -411.2, "NaF": -576.6, "Na2S": -364.8, "K2O": -361.5, "KCl": -436.5, "K2S": -380.7, "Rb2O": -339.0,
    "MgO": -601.6, "MgS": -346.0, "MgCl2": -641.3, "MgF2": -1124.2, "Mg3N2": -461.0, "CaO": -634.9, "CaS": -482.4,
    "CaCl2": -795.4, "CaF2": -1228.0, "SrO": -592.0, "SrS": -472.4, "SrCl2": -828.9, "BaO": -548.0, "BaS": -460.0,
    "BaCl2": -855.0, "ZrO2": -1100.6, "La2O3": -1793.7, "TiO2": -944.0, "Ti2O3": -1520.9, "Ti3O5": -2459.4,
    "Al2O3": -1675.7, "SiO2": -910.7, "B2O3": -1273.5, "ZnO": -350.5, "ZnS": -206.0, "Al2S3": -724.0, "AlCl3": -704.2,
    "AlF3": -1510.4, "LaCl3": -1072.2, "LaF3": -1699.5, "ZrCl4": -980.5, "ZrF4": -1911.3, "InCl3": -537.2,
    "YCl3": -1000.0, "Y2O3": -1905.3, "Ta2O5": -2046.0, "Nb2O5": -1899.5, "NbO2": -795.0, "AlN": -318.0,
    "Ga2O3": -1089.1, "GaN": -110.5, "BN": -254.4, "TiN": -338.1, "ZrN": -365.0, "GeO2": -580.0, "HfO2": -1144.7,
    "Sc2O3": -1908.8, "In2O3": -925.8, "SnO2": -577.6, "WO3": -842.9, "MoO3": -745.1, "CeO2": -1088.7,
    "Si3N4": -743.5, "LiBr": -351.2, "LiI": -270.4, "NaBr": -361.1, "NaI": -287.8, "KBr": -393.8, "KI": -327.9,
    "MgBr2": -524.3, "MgI2": -364.0, "CaBr2": -682.8, "Li2Se": -420.1,
}  # fmt: skip
