# ruff: noqa: E501 - a sentence a line
"""`python -m tests.cloud.knowledge.documents.make_example`: the report among the examples. All of it is made up."""

from io import BytesIO
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from tests.benchmarks.documents_corpus import register_fonts

PLACE = Path(__file__).parents[4] / "cloud" / "knowledge" / "documents" / "examples" / "report.pdf"
TEXT = ParagraphStyle("text", fontName="Serif", fontSize=10, leading=13, spaceAfter=6)
HEAD = ParagraphStyle("head", parent=TEXT, fontName="Serif-Bold", fontSize=11.5, spaceBefore=6)
TITLE = ParagraphStyle("title", parent=TEXT, fontName="Serif-Bold", fontSize=17, leading=21)
LLZO = "Li<sub>7</sub>La<sub>3</sub>Zr<sub>2</sub>O<sub>12</sub>"
TA = "Li<sub>6.4</sub>La<sub>3</sub>Zr<sub>1.4</sub>Ta<sub>0.6</sub>O<sub>12</sub>"
ROWS = (
    ("Material", "σ at 25 °C (S cm<super>−1</super>)", "E<sub>a</sub> (eV)", "Relative density (%)"),
    (LLZO, "2.1 × 10<super>−4</super>", "0.34", "93.5"),
    (f"{TA}", "8.3 × 10<super>−4</super>", "0.29", "97.1"),
    ("Li<sub>3</sub>PS<sub>4</sub>", "&lt;1.6 × 10<super>−4</super>", "0.36", "–"),
)


def report() -> bytes:
    """The page."""
    register_fonts()
    out = BytesIO()
    cells = [[Paragraph(cell, TEXT) for cell in row] for row in ROWS]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    SimpleDocTemplate(out, pagesize=A4, invariant=1, title="", author="").build([
        Paragraph("An example: garnets that nobody has made", TITLE),
        Paragraph("Anna Example, Bob Muster", TEXT),
        Paragraph("This page is an example. Every figure on it is simulated or made up; doi:10.1234/example.1", TEXT),
        Paragraph("1. Experimental", HEAD),
        Paragraph(f"Pellets of {LLZO} were sintered at 1100 °C for 12 h under 50 MPa. A practical cell must have a "
                  "conductivity above 1 mS cm<super>−1</super>.", TEXT),
        Paragraph("2. Results", HEAD),
        Paragraph(f"The ionic conductivity of {LLZO} is 2.1 × 10<super>−4</super> S cm<super>−1</super> at 25 °C, with an "
                  "activation energy of 0.34 ± 0.02 eV. Its shear modulus was calculated to be 59.6 GPa. Its interfacial "
                  "resistance against lithium decreased from 1710 to 1 Ω cm<super>2</super> once carbonate was removed.", TEXT),
        Paragraph("Table 1. Simulated garnets beside a sulfide.", TEXT),
        Table(cells, style=grid, colWidths=[150, 120, 70, 110], hAlign="LEFT"),
        Spacer(1, 8),
        Paragraph("ln(σT) = ln A − E<sub>a</sub>/kT &nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;(1)", TEXT),
        Paragraph("References", HEAD),
        Paragraph("[1] A. Author, B. Writer, J. Made Up 1 (2026) 1. doi:10.1234/made.1", TEXT),
    ])  # fmt: skip
    return out.getvalue()


if __name__ == "__main__":
    PLACE.write_bytes(report())
