"""The words by which texts name properties, and those that say how a value was found or that it is none.

A table: the first phrase that fits at a place counts, so the narrow ones stand before the wide.
"""

import re
from typing import NamedTuple


class Named(NamedTuple):
    """A property where a text names it."""

    start: int
    end: int
    property: str


PHRASES: tuple[tuple[str, str], ...] = (
    (r"thermal conductivit(?:y|ies)", "thermal_conductivity"),
    (r"electronic conductivit(?:y|ies)|σ_?e(?:l|on)?\b", "electronic_conductivity"),
    (
        r"(?:bulk|grain|intragrain)\s+(?:ionic\s+|ion\s+|lithium[- ]ion\s+|Li[- ]ion\s+)?"
        r"conductivit(?:y|ies)|σ_?b(?:ulk)?\b",
        "ionic_conductivity_bulk",
    ),
    (r"grain[- ]boundary (?:ionic )?conductivit(?:y|ies)|electrical conductivit(?:y|ies)", ""),
    (
        r"(?:(?:total|ionic|ion|lithium|sodium|Li\+?|Na\+?|Li⁺)[- ]*)*"
        r"(?:ionic\s+|ion\s+)?conductivit(?:y|ies)|σ_?(?:tot(?:al)?|RT|i(?:on)?|Li)?(?![A-Za-z])",
        "ionic_conductivity",
    ),
    (r"activation (?:energ(?:y|ies)|barriers?)|E_?[aA](?![A-Za-z0-9])", "activation_energy"),
    (r"(?:migration|hopping|diffusion) barriers?|migration energ(?:y|ies)", "migration_barrier"),
    (r"band ?-?gaps?|E_?g(?![A-Za-z0-9])", "band_gap"),
    (r"shear mod(?:ulus|uli)|modulus of rigidity", "shear_modulus"),
    (r"bulk mod(?:ulus|uli)", "bulk_modulus"),
    (r"(?:Young['’]?s|elastic|Young) mod(?:ulus|uli)", "young_modulus"),
    (r"(?:Vickers |nano)?hardness(?:es)?", "hardness"),
    (r"fracture toughness|K_?I[cC]\b", "fracture_toughness"),
    (r"Poisson['’]?s? ratios?", "poisson_ratio"),
    (r"relative densit(?:y|ies)", "relative_density"),
    (
        r"current densit(?:y|ies)|energy densit(?:y|ies)|power densit(?:y|ies)|number densit(?:y|ies)|"
        r"charge densit(?:y|ies)",
        "",
    ),
    (r"densit(?:y|ies)", "density"),
    (r"lattice (?:parameters?|constants?)|cell (?:parameters?|constants?|edges?)|(?:cubic )?cell edges?", "lattice_a"),
    (
        r"(?:interfac(?:e|ial)|area[- ]specific|Li[/|]\w+) (?:area[- ]specific )?resistances?|"
        r"\bASR\b|R_?int(?:erface)?\b",
        "interfacial_resistance",
    ),
    (r"electrochemical (?:stability )?windows?", "electrochemical_window"),
    (r"(?:energ(?:y|ies)|height) above (?:the )?(?:convex )?hull|E_?hull\b", "energy_above_hull"),
    (r"formation (?:energ(?:y|ies)|enthalp(?:y|ies))", "formation_energy"),
    (r"works? of adhesion|adhesion works?", "work_of_adhesion"),
    (r"melting (?:point|temperature)s?", "melting_point"),
    (r"Debye temperatures?", "debye_temperature"),
    (r"dielectric constants?|relative permittivit(?:y|ies)", "dielectric_constant"),
    (r"(?:coefficients? of )?thermal expansion(?: coefficients?)?", "thermal_expansion"),
)
PATTERN = re.compile(
    "|".join(f"(?P<p{k}>(?<![A-Za-z])(?:{words}))" for k, (words, _) in enumerate(PHRASES)), re.IGNORECASE
)
CASED = re.compile(r"^[Ee]_?[aAgG]$")
EDGE = re.compile(r"\b([abc])\s*(?:=|of|:|is)\s*(?=[~≈<>]?\s*[0-9])")
CALCULATED = re.compile(
    r"\b(?:calculat|comput|simulat|predict|first[- ]principles|DFT|ab initio|AIMD|molecular dynamics|"
    r"density functional|"
    r"PBE|PBEsol|HSE06|NEB|nudged)",
    re.IGNORECASE,
)
MEASURED = re.compile(
    r"\b(?:measur|experiment|impedance spectr|EIS|nanoindent|determined by|found by XRD|X-ray|Archimedes|ultrasonic|"
    r"refine|diffraction|blocking electrodes)",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\b(?:reported|literature|et al|previous(?:ly)?|according to|"
    r"other groups|earlier work|ref\.)|\[[0-9, –-]+\]",
    re.IGNORECASE,
)
# a value that is wanted, supposed or of no material
WISHED = re.compile(
    r"\b(?:targets?|goals?|requir(?:e|es|ed|ement)|must|should|needs? to|needed|threshold|criterion|desir|assum|suppos|"
    r"would|hypothetical|aim(?:s|ed)? (?:at|for)|benchmark of|commercial(?:ly)? relevant|ought|in order to reach|"
    r"detection limit|resolution of|step of|convergence)",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|without|instead of|rather than|unlike|ruled out)\b", re.IGNORECASE
)
LIMIT = re.compile(
    r"(?:not|never|no)\s+(?:exceed|reach|surpass|more|less|higher|lower|greater|smaller|larger)", re.IGNORECASE
)
TREATMENT = re.compile(
    r"\b(?:sinter|anneal|calcin|heat|fire[ds]?\b|firing|press|dried|drying|synthes|prepar|crystalli|treat|quench|melt|"
    r"ball[- ]mill|deposit|grown|held|stored|aged|densif|soak)\w*(?:\s+\w+){0,4}\s*(?:at|to|above|below)?\s*$",
    re.IGNORECASE,
)
ROOM = re.compile(r"\b(?:room|ambient)[- ]temperature\b|\bRT\b|\br\.t\.", re.IGNORECASE)


def named(text: str) -> list[Named]:
    """The properties that a text names, in order. Phrases that only look like one ("" in the table) count as none."""
    found = []
    for match in PATTERN.finditer(text):
        place = int((match.lastgroup or "p0")[1:])
        name = PHRASES[place][1]
        if CASED.match(match[0]) and match[0][0] != "E":
            continue
        if name == "lattice_a":
            found += _edges(text, match)
        else:
            found.append(Named(match.start(), match.end(), name))
    return found


def _edges(text: str, match: re.Match[str]) -> list[Named]:
    """`lattice parameters a = 10.4 Å and c = 6.1 Å` names two; without a letter it is the edge a."""
    letters = [one for one in EDGE.finditer(text, match.end()) if one.start() - match.end() < 90]
    if not letters:
        return [Named(match.start(), match.end(), "lattice_a")]
    return [Named(one.start(), one.end(), f"lattice_{one[1]}") for one in letters]
