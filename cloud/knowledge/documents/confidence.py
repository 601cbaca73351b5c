"""How sure a fact is: a product of factors, one a rule that held, each with its name.

The factors are knobs (K), set on texts made for the purpose; docs/how-to/read-papers-and-inputs.md has what they are
worth on a corpus that the rules were not written on.
"""

from collections.abc import Iterable

RULES = {
    "a sentence": 0.92,
    "a table": 0.95,
    "a ruled table": 1.0,
    "a table by its gaps": 0.92,
    "several materials in the sentence": 0.9,
    "material named after the value": 0.98,
    "material from the sentence before": 0.75,
    "material from the paragraph": 0.6,
    "material from the title": 0.5,
    "material from the caption": 0.85,
    "far from the property's name": 0.85,
    "property named after the value": 0.9,
    "another value between": 0.8,
    "unit shared in a list": 0.92,
    "respectively": 0.95,
    "reported elsewhere": 0.8,
    "no unit": 0.8,
    "symbol only": 0.95,
    "an input's own line": 1.0,
}


def product(rules: Iterable[str], sure: float = 1.0) -> tuple[float, str]:
    """(confidence 0..1, the rules as text); `sure`: that the material's name means its formula."""
    held = list(dict.fromkeys(rules))
    confidence = sure
    for rule in held:
        confidence *= RULES[rule]
    return round(confidence, 3), "; ".join([*held, *([f"name of a composition {sure:g}"] if sure < 1.0 else [])])
