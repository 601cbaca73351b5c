"""The quantities of a run's XPS records, for a campaign. Whatever an analyser dropped, this raises nothing.

overlayer_nm (carbonate and hydroxide), adventitious_carbon_nm; surface_fraction_EL of the atoms that XPS sees, as if
evenly mixed; film_fraction_EL of the film below the layers; film_EL_per_12_o, the atoms in its formula, also
where the overlayer hides lithium alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adatom.cloud.measure.quantity import Quantity
from adatom.cloud.measure.xps.analyse import Analysis, analyse
from adatom.cloud.measure.xps.layers import Layers
from adatom.cloud.measure.xps.spectra import MAX_SPECTRA, Spectrum, spectrum_of
from adatom.protocol.errors import InputError

DETECTED_SDS = 2.0


def xps_quantities(records: Sequence[Mapping[str, Any]]) -> list[Quantity]:
    """The quantities that records of one run give together; of records of one region the latest counts.

    None from records without a known level: a trace that is kept for people.
    """
    spectra: dict[str, Spectrum] = {}
    for record in records[-MAX_SPECTRA:]:
        try:
            spectrum = spectrum_of(record)
        except InputError:  # kept in the store for people; an analyser's odd file must not end a campaign
            continue
        spectra[spectrum.name] = spectrum
    try:
        found = analyse(list(spectra.values()))
    except InputError:
        return []
    return quantities_of(found)


def quantities_of(found: Analysis) -> list[Quantity]:
    """The quantities of an analysis."""
    made = [] if found.layers is None else _thicknesses(found.layers, found.notes)
    if len(found.fractions) > 1:
        made += [Quantity(f"surface_fraction_{f.element.lower()}", f.value, "1", f.sd) for f in found.fractions]
    if found.layers is not None:
        notes = (found.layers.doubt,) if found.layers.doubt else ()
        made += [
            Quantity(f"film_fraction_{f.element.lower()}", f.value, "1", f.sd, notes=notes) for f in found.layers.film
        ]
        made += [
            Quantity(f"film_{element.lower()}_per_12_o", value, "1", sd, notes=notes)
            for element, (value, sd) in found.layers.per_formula.items()
        ]
    return made


def _thicknesses(layers: Layers, notes: tuple[str, ...]) -> list[Quantity]:
    if layers.at_least or layers.overlayer_sd_nm is None:
        more = ("the film's oxygen is not seen: at least this", *notes)
        return [Quantity("overlayer_nm", layers.overlayer_nm, "nm", quality="censored", notes=more)]
    seen = layers.overlayer_nm > DETECTED_SDS * layers.overlayer_sd_nm
    quality = "good" if seen else "below_detection"
    made = [Quantity("overlayer_nm", layers.overlayer_nm, "nm", layers.overlayer_sd_nm, quality=quality, notes=notes)]
    if layers.carbon_nm is not None:
        made.append(Quantity("adventitious_carbon_nm", layers.carbon_nm, "nm", layers.carbon_sd_nm))
    return made
