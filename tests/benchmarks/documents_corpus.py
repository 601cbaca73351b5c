# ruff: noqa: E501 - a sentence a line
"""Papers made by a generator, with what they say known: layouts, spellings and sentences of many kinds, and distractors.

The sentences are written as people write, not after the patterns of the reader: some of them it cannot know.
"""

import random
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from adatom.cloud.knowledge.compositions import composition_of
from adatom.cloud.knowledge.tolerant import read_written
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FAMILIES = {"Sans": "DejaVuSans", "Serif": "DejaVuSerif"}
MATERIALS = (
    "Li7La3Zr2O12", "Li6.4La3Zr1.4Ta0.6O12", "Li6.25Al0.25La3Zr2O12", "Li1.3Al0.3Ti1.7(PO4)3", "Li1.5Al0.5Ge1.5(PO4)3",
    "Li10GeP2S12", "Li6PS5Cl", "Li3PS4", "Li3YCl6", "Li5La3Nb2O12", "Li3N", "LiTi2(PO4)3", "Na3Zr2Si2PO12", "Li4SiO4", "Li2ZrO3",
)  # fmt: skip
NAMES = {
    "Li7La3Zr2O12": "LLZO",
    "Li1.3Al0.3Ti1.7(PO4)3": "LATP",
    "Li1.5Al0.5Ge1.5(PO4)3": "LAGP",
    "Li10GeP2S12": "LGPS",
}
NATIVE = {
    "S/cm": 1.0,
    "mS/cm": 1e-3,
    "eV": 1.0,
    "meV": 1e-3,
    "GPa": 1.0,
    "Å": 1.0,
    "%": 0.01,
    "Ω cm2": 1.0,
    "g/cm3": 1.0,
    "": 1.0,
}


class Truth(NamedTuple):
    """What a paper says: composition key, property, value in the property's unit."""

    composition: str
    property: str
    value: float


class Paper(NamedTuple):
    """One made paper."""

    name: str
    data: bytes
    truth: tuple[Truth, ...]
    layout: str
    title: str
    sections: int


class Spelling(NamedTuple):
    """How a paper writes powers and units."""

    raised: str  # super: raised characters, signs: superscript signs, flat: S cm-1, slash: S/cm
    minus: str
    decimals_e: bool  # 1.2e-4


def key_of(formula: str) -> str:
    return composition_of(read_written(formula).atoms).key


class Writer:
    """Sentences of one paper and what they say."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.spelling = Spelling(
            rng.choice(["super", "super", "signs", "flat", "slash"]), rng.choice("−−–-"), rng.random() < 0.15
        )
        self.truth: list[Truth] = []
        self.subject = rng.choice(MATERIALS)

    # --- pieces -----------------------------------------------------------------------------------------------------
    def up(self, text: str) -> str:
        if self.spelling.raised == "signs":
            return text.translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
        said = text.replace("-", self.spelling.minus)
        return said if self.spelling.raised in ("flat",) else f"<super>{said}</super>"

    def formula(self, formula: str) -> str:
        if self.rng.random() < 0.6 and self.spelling.raised in ("super", "slash"):
            import re

            return re.sub(r"([0-9.]+)", r"<sub>\1</sub>", formula)
        return formula

    def material(self, formula: str) -> str:
        return NAMES[formula] if formula in NAMES and self.rng.random() < 0.3 else self.formula(formula)

    def unit(self, unit: str) -> str:
        slash = self.spelling.raised == "slash"
        known = {
            "S/cm": f"S cm{self.up('-1')}",
            "mS/cm": f"mS cm{self.up('-1')}",
            "Ω cm2": f"Ω cm{self.up('2')}",
            "g/cm3": f"g cm{self.up('-3')}",
        }
        if slash and unit in ("S/cm", "mS/cm"):
            return unit
        return known.get(unit, unit)

    def number(self, value: float) -> str:
        if 0.01 <= abs(value) < 1e4:
            return f"{value:.4g}"
        mantissa, exponent = f"{value:.2e}".split("e")
        if self.spelling.decimals_e:
            return f"{float(mantissa):g}e{int(exponent)}"
        return f"{float(mantissa):g} × 10{self.up(str(int(exponent)))}"

    def said(self, value: float, unit: str) -> str:
        blank = "" if unit == "%" else " "
        return f"{self.number(value)}{blank}{self.unit(unit)}"

    def draw(self, name: str) -> tuple[float, str]:
        r = self.rng
        if name.startswith("ionic"):
            value = float(f"{10 ** r.uniform(-7, -2):.2g}")
            return (float(f"{value * 1e3:.2g}"), "mS/cm") if value > 2e-4 and r.random() < 0.4 else (value, "S/cm")
        low, high, unit, digits = {
            "activation_energy": (0.18, 0.7, "eV", 2), "band_gap": (1.5, 6.5, "eV", 2), "shear_modulus": (5, 80, "GPa", 1),
            "bulk_modulus": (15, 120, "GPa", 1), "young_modulus": (15, 180, "GPa", 1), "lattice_a": (5.5, 13.5, "Å", 3),
            "relative_density": (75, 99, "%", 1), "interfacial_resistance": (1, 2000, "Ω cm2", 0), "poisson_ratio": (0.18, 0.4, "", 2),
            "density": (1.8, 5.4, "g/cm3", 2), "hardness": (0.5, 9, "GPa", 1),
        }[name]  # fmt: skip
        return float(f"{r.uniform(low, high):.{digits}f}"), unit

    def put(self, formula: str, name: str, value: float, unit: str) -> None:
        self.truth.append(Truth(key_of(formula), name, value * NATIVE[unit]))

    def fact(self, name: str, formula: str | None = None) -> tuple[str, str, str]:
        """(material's name, value with unit, temperature) of a new true fact."""
        formula = formula or self.subject
        value, unit = self.draw(name)
        self.put(formula, name, value, unit)
        return (
            self.material(formula),
            self.said(value, unit),
            self.rng.choice(["25 °C", "room temperature", "298 K", "30 °C"]),
        )

    def two(self) -> tuple[str, str]:
        one = self.rng.choice(MATERIALS)
        return one, self.rng.choice([other for other in MATERIALS if other != one])

    # --- sentences --------------------------------------------------------------------------------------------------
    def sentence(self) -> str:
        kind = self.rng.choice(SENTENCES)
        return kind(self)

    def distractor(self) -> str:
        r = self.rng
        m = self.formula(r.choice(MATERIALS))
        return r.choice([
            f"Pellets were pressed at {r.randint(100, 400)} MPa and sintered at {r.randint(700, 1250)} °C for {r.randint(2, 36)} h in a covered crucible.",
            f"A solid electrolyte must have a conductivity above {self.said(1e-3, 'S/cm')} to compete with liquids, which {m} is hoped to reach.",
            "Powder patterns were collected between 10 and 80° in steps of 0.02° with Cu radiation of 1.5406 Å wavelength.",
            f"The target of this project is an interfacial resistance of {self.said(10.0, 'Ω cm2')} for {m}.",
            f"A plane-wave cutoff of {r.choice([400, 520, 600])} eV and a mesh of 4 × 4 × 4 points were used for {m}.",
            f"Symmetric cells of {m} were cycled at 0.{r.randint(1, 9)} mA cm{self.up('-2')} for {r.randint(50, 900)} h without a short.",
            f"No conductivity of {self.said(2e-2, 'S/cm')} was found in {m}, unlike what had been hoped.",
            f"The film of {m} was {r.randint(80, 900)} nm thick with a roughness of {r.randint(2, 20)} nm.",
            f"Assuming an activation energy of 0.3 eV, {m} would need to be heated.",
            f"Spectra were taken from 1 MHz to 0.1 Hz with an amplitude of {r.randint(5, 50)} mV on pellets of {m}.",
            f"The electronic current stayed below {r.randint(2, 9)} nA after {r.randint(2, 12)} h at 1 V for {m}.",
            f"Li{self.up('+')} moves in {m} along edges that {r.choice(['two', 'three', 'four'])} tetrahedra share.",
        ])  # fmt: skip


def _plain(w: Writer) -> str:
    m, v, t = w.fact("ionic_conductivity")
    return w.rng.choice([
        f"The ionic conductivity of {m} is {v} at {t}.",
        f"At {t}, {m} conducts lithium well: its conductivity amounts to {v}.",
        f"For {m} we obtain a total conductivity as high as {v} at {t}.",
        f"A conductivity of {v} ({t}) was reached by {m}.",
        f"Dense {m} exhibits {v} of ionic conductivity at {t}.",
        f"{m} turned out to be an ionic conductor with σ = {v} at {t}.",
        f"With {v} at {t}, {m} ranks among the better lithium ion conductors.",
    ])  # fmt: skip


def _energy(w: Writer) -> str:
    m, v, _ = w.fact("activation_energy")
    return w.rng.choice([
        f"An Arrhenius plot of {m} yields an activation energy of {v}.",
        f"The activation energy for lithium hopping in {m} comes to {v}.",
        f"Ions in {m} face an activation barrier of only {v}.",
        f"The slope corresponds to {v}, the activation energy of {m}.",
        f"{m} (E<sub>a</sub> = {v}) was measured from 0 to 80 °C.",
    ])  # fmt: skip


def _moduli(w: Writer) -> str:
    first, second = w.rng.sample(["shear_modulus", "bulk_modulus", "young_modulus"], 2)
    words = {"shear_modulus": "shear modulus", "bulk_modulus": "bulk modulus", "young_modulus": "Young's modulus"}
    m, one, _ = w.fact(first)
    _, two, _ = w.fact(second)
    return w.rng.choice([
        f"First-principles calculations give {m} a {words[first]} of {one} and a {words[second]} of {two}.",
        f"For {m}, {words[first]} and {words[second]} are {one} and {two}, respectively.",
        f"The {words[first]} of {m} is {one}; its {words[second]} is {two}.",
        f"Nanoindentation on {m} returned {one} ({words[first]}) and {two} ({words[second]}).",
    ])  # fmt: skip


def _gap(w: Writer) -> str:
    m, v, _ = w.fact("band_gap")
    return w.rng.choice(
        [
            f"The calculated band gap of {m} is {v}, by PBE too small.",
            f"{m} is an insulator with a gap of {v} between its bands.",
            f"A band gap of about {v} follows for {m} from the density of states.",
        ]
    )


def _lattice(w: Writer) -> str:
    m, v, _ = w.fact("lattice_a")
    return w.rng.choice(
        [
            f"Rietveld refinement of {m} gave a lattice parameter a = {v}.",
            f"{m} crystallises in a cubic cell whose lattice constant is {v}.",
            f"The cell edge of {m} shrinks to {v} upon doping.",
        ]
    )


def _density(w: Writer) -> str:
    m, v, _ = w.fact("relative_density")
    return w.rng.choice(
        [
            f"The relative density of {m} pellets reached {v}.",
            f"Pellets of {m} were {v} dense.",
            f"Hot pressing brought {m} to a relative density of {v}.",
        ]
    )


def _two_materials(w: Writer) -> str:
    a, b = w.two()
    ma, va, t = w.fact("ionic_conductivity", a)
    mb, vb, _ = w.fact("ionic_conductivity", b)
    return w.rng.choice([
        f"The conductivities of {ma} and {mb} are {va} and {vb} at {t}, respectively.",
        f"{ma} shows a conductivity of {va} at {t}, whereas that of {mb} is {vb}.",
        f"At {t} the conductivity is {va} for {ma} and {vb} for {mb}.",
        f"Compared with {mb}, which has a conductivity of {vb}, {ma} conducts at {va}.",
    ])  # fmt: skip


def _two_properties(w: Writer) -> str:
    m, v, t = w.fact("ionic_conductivity")
    _, e, _ = w.fact("activation_energy")
    return w.rng.choice(
        [
            f"{m} combines a conductivity of {v} at {t} with an activation energy of {e}.",
            f"Impedance spectroscopy on {m} gave {v} at {t} and {e} for conductivity and activation energy.",
            f"The conductivity of {m} was {v} ({t}), and its activation energy {e}.",
        ]
    )


def _resistance(w: Writer) -> str:
    before = w.draw("interfacial_resistance")[0] + 500.0
    after = float(f"{before / w.rng.uniform(5, 60):.2g}")
    for value in (before, after):
        w.put(w.subject, "interfacial_resistance", value, "Ω cm2")
    m, unit = w.material(w.subject), w.unit("Ω cm2")
    return w.rng.choice([
        f"The interfacial resistance of {m} against lithium decreased from {before:g} to {after:g} {unit} after coating.",
        f"Coating cut the area-specific resistance of the interface of {m}: the interfacial resistance fell from {before:g} {unit} to {after:g} {unit}.",
        f"Against lithium, {m} has an interfacial resistance of {before:g} {unit}, and of {after:g} {unit} with a coating.",
    ])  # fmt: skip


def _follow_on(w: Writer) -> str:
    formula = w.rng.choice(MATERIALS)
    value, unit = w.draw("shear_modulus")
    w.put(formula, "shear_modulus", value, unit)
    m = w.material(formula)
    return w.rng.choice(
        [
            f"We also looked at {m} in detail. Its shear modulus is {w.said(value, unit)}.",
            f"Much has been written on {m}. The shear modulus, calculated at 0 K, amounts to {w.said(value, unit)}.",
        ]
    )


def _uncertain(w: Writer) -> str:
    value, unit = w.draw("activation_energy")
    w.put(w.subject, "activation_energy", value, unit)
    m = w.material(w.subject)
    return w.rng.choice(
        [
            f"The activation energy of {m} is {value:g} ± 0.02 eV.",
            f"For {m} the activation energy was determined as {value:g}(2) eV.",
            f"For {m} we find ({value:g} ± 0.01) eV as activation energy.",
        ]
    )


def _bound(w: Writer) -> str:
    m, v, t = w.fact("ionic_conductivity")
    return w.rng.choice(
        [
            f"The conductivity of {m} stays below {v} at {t}.",
            f"{m} is poor: its conductivity does not exceed {v} at {t}.",
            f"We estimate σ &lt; {v} for {m}.",
        ]
    )


def _literature(w: Writer) -> str:
    m, v, t = w.fact("ionic_conductivity", w.rng.choice(MATERIALS))
    return w.rng.choice(
        [
            f"Müller et al. reported {v} at {t} for the conductivity of {m} [12].",
            f"In the literature, a conductivity of {v} is given for {m} at {t} [3,7].",
        ]
    )


def _poisson(w: Writer) -> str:
    m, v, _ = w.fact("poisson_ratio")
    return w.rng.choice([f"Poisson's ratio of {m} is {v}.", f"{m} has a Poisson ratio of {v}, as oxides often do."])


def _sintered(w: Writer) -> str:
    m, v, t = w.fact("ionic_conductivity")
    return w.rng.choice(
        [
            f"{m} sintered at 1100 °C for 12 h under a pressure of 50 MPa shows a conductivity of {v} at {t}.",
            f"After annealing at 900 °C the conductivity of {m} rose to {v} at {t}.",
        ]
    )


SENTENCES = (_plain, _plain, _energy, _energy, _moduli, _gap, _lattice, _density, _two_materials, _two_properties,
             _resistance, _follow_on, _uncertain, _bound, _literature, _poisson, _sintered)  # fmt: skip

# --- tables -----------------------------------------------------------------------------------------------------------
HEADS = {
    "ionic_conductivity": ("σ ({})", "Conductivity at 25 °C ({})", "Ionic conductivity / {}", "σ_RT [{}]"),
    "activation_energy": ("E_a ({})", "Activation energy ({})", "Ea / {}"), "shear_modulus": ("G ({})", "Shear modulus ({})"),
    "lattice_a": ("a ({})", "Lattice parameter a ({})"), "relative_density": ("Relative density ({})",),
    "young_modulus": ("E ({})", "Young's modulus ({})"),
}  # fmt: skip


def _table(w: Writer) -> tuple[str, list[list[str]]]:
    """(caption, cells) of a table of materials by properties, its truth put."""
    chosen = w.rng.sample(sorted(HEADS), w.rng.randint(1, 3))
    rows = w.rng.sample(MATERIALS, w.rng.randint(3, 5))
    units = {
        name: w.draw(name)[1] if name != "ionic_conductivity" else w.rng.choice(["S/cm", "mS/cm"]) for name in chosen
    }
    head = [
        w.rng.choice(["Composition", "Material", "Sample"]),
        *(w.rng.choice(HEADS[name]).format(w.unit(units[name])) for name in chosen),
    ]
    body = []
    for formula in rows:
        cells = [w.formula(formula)]
        for name in chosen:
            if w.rng.random() < 0.08:
                cells.append("–")
                continue
            value, unit = w.draw(name)
            value = float(f"{value * NATIVE[unit] / NATIVE[units[name]]:.3g}")
            w.put(formula, name, value, units[name])
            cells.append(w.number(value))
        body.append(cells)
    extra = w.rng.random()
    if extra < 0.3:  # a column that is no property
        head.append("Sintering (°C)")
        body = [[*row, str(w.rng.randint(800, 1200))] for row in body]
    if extra > 0.85:  # properties in rows
        turned = [list(column) for column in zip(head, *body, strict=True)]
        return "Properties of the compounds under study.", turned
    return w.rng.choice(
        ["Properties of the samples.", "Summary of the results, measured by impedance.", "Comparison of the compounds."]
    ), [head, *body]


# --- pages ------------------------------------------------------------------------------------------------------------


def register_fonts() -> None:
    """Make the fonts known to reportlab."""
    for name, file in FAMILIES.items():
        for bold in ("", "-Bold"):
            if name + bold not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name + bold, str(FONTS / f"{file}{bold}.ttf")))


def paper(seed: int) -> Paper:
    """One paper; a seed is a paper."""
    register_fonts()
    rng = random.Random(f"paper {seed}")
    w = Writer(rng)
    columns = 2 if seed % 2 else 1
    ruled = rng.choice(["grid", "gaps", "booktabs"])
    title = rng.choice(
        ["Transport in {}", "On the mechanics and transport of {}", "A study of {} as solid electrolyte"]
    ).format(w.subject)
    family, size = rng.choice(sorted(FAMILIES)), rng.choice([8.5, 9.0, 10.0])
    text = ParagraphStyle("text", fontName=family, fontSize=size, leading=size * 1.25, alignment=rng.choice([0, 4]),
                          firstLineIndent=rng.choice([0, 10]), spaceAfter=rng.choice([0, 4]))  # fmt: skip
    head = ParagraphStyle("head", parent=text, fontName=f"{family}-Bold", fontSize=size * rng.choice([1.0, 1.2]), spaceBefore=8, spaceAfter=4,
                          firstLineIndent=0, alignment=0, leading=size * 1.5)  # fmt: skip
    small = ParagraphStyle("small", parent=text, fontSize=size - 1, firstLineIndent=0, leading=size * 1.15)
    big = ParagraphStyle(
        "big", parent=text, fontName=f"{family}-Bold", fontSize=16, leading=20, firstLineIndent=0, alignment=0
    )
    numbered = rng.random() < 0.6
    front: list[Any] = [Paragraph(title, big), Paragraph("Anna Example, Bob Muster", small), Spacer(1, 8)]
    body: list[Any] = [Paragraph("Abstract", head), Paragraph(_paragraph(w, 3, 1), text)]
    names = ["Introduction", "Experimental", "Results and discussion", "Conclusions"]
    for place, name in enumerate(names, 1):
        body.append(Paragraph(f"{place}. {name}" if numbered else name, head))
        for _ in range(rng.randint(1, 2)):
            body.append(Paragraph(_paragraph(w, 2 if name != "Experimental" else 0, 2), text))
        if name.startswith("Results"):
            for number in range(rng.randint(1, 2)):
                body += _table_flowables(w, number + 1, ruled, small, columns)
    body.append(Paragraph("References", head))
    body += [Paragraph(f"[{n}] A. Author, B. Writer, J. Made Up {rng.randint(10, 99)} (20{rng.randint(10, 25)}) {rng.randint(100, 9999)}. "
                       f"doi:10.1234/made.{seed}.{n}", small) for n in range(1, rng.randint(4, 9))]  # fmt: skip
    data = _built(front, body, columns, family, seed)
    return Paper(
        f"paper{seed:03d}.pdf",
        data,
        tuple(w.truth),
        f"{columns} column{'s' * (columns > 1)}, {ruled}, {w.spelling.raised}",
        title,
        len(names) + 2,
    )


def _paragraph(w: Writer, facts: int, distractors: int) -> str:
    said = [w.sentence() for _ in range(facts)] + [w.distractor() for _ in range(distractors)]
    w.rng.shuffle(said)
    return " ".join(said)


def _table_flowables(w: Writer, number: int, ruled: str, small: ParagraphStyle, columns: int) -> list[Any]:
    caption, cells = _table(w)
    if columns == 2 and len(cells[0]) > 4:
        cells = [row[:5] for row in cells]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if ruled == "grid":
        style.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))
    if ruled == "booktabs":
        style += [
            ("LINEABOVE", (0, 0), (-1, 0), 1, colors.black),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
            ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black),
        ]
    cell = ParagraphStyle(
        "cell", parent=small, fontSize=6.5 if columns == 2 else 8, leading=8 if columns == 2 else 10, alignment=0
    )
    wide = (240 if columns == 2 else 480) / len(cells[0])
    table = Table(
        [[Paragraph(text, cell) for text in row] for row in cells],
        style=style,
        colWidths=[wide] * len(cells[0]),
        hAlign="LEFT",
    )
    parts = [Spacer(1, 6), Paragraph(f"Table {number}. {caption}", small), Spacer(1, 3), table, Spacer(1, 8)]
    return [KeepTogether(parts)]


def _built(front: list[Any], body: list[Any], columns: int, family: str, seed: int) -> bytes:
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, leftMargin=50, rightMargin=50, topMargin=60, bottomMargin=60, invariant=1, title="", author=""
    )
    width, height = A4

    def edges(canvas: Any, doc: Any) -> None:
        canvas.setFont(family, 7)
        canvas.drawString(50, height - 35, f"Journal of Made-up Results {seed} (2026)")
        canvas.drawCentredString(width / 2, 28, str(doc.page))

    if columns == 1:
        document.addPageTemplates([PageTemplate("one", [Frame(50, 60, width - 100, height - 120)], onPage=edges)])
        document.build(front + body)
    else:
        half = (width - 100 - 20) / 2
        head = 90
        first = [
            Frame(50, height - 60 - head, width - 100, head),
            Frame(50, 60, half, height - 120 - head),
            Frame(70 + half, 60, half, height - 120 - head),
        ]
        later = [Frame(50, 60, half, height - 120), Frame(70 + half, 60, half, height - 120)]
        document.addPageTemplates(
            [PageTemplate("first", first, onPage=edges), PageTemplate("later", later, onPage=edges)]
        )
        document.build([NextPageTemplate("later"), *front, FrameBreak(), *body])
    return out.getvalue()
