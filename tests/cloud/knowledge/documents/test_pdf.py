# ruff: noqa: E501 - bytes of a page
"""PDF files to trees and facts, and PDF files made to harm."""

import json
import random
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from adatom.cloud.knowledge.documents import pdf_child
from adatom.cloud.knowledge.documents.layout import joined_text, layout
from adatom.cloud.knowledge.documents.model import walk
from adatom.cloud.knowledge.documents.pdf import pages_of, read_pages
from adatom.cloud.knowledge.documents.read import document_of, facts_in
from adatom.protocol.errors import InputError
from pypdf import PdfReader, PdfWriter

from tests.benchmarks.documents import scored
from tests.benchmarks.documents_corpus import paper
from tests.cloud.knowledge.documents.make_example import PLACE, report
from tests.fuzz.mutate import mutated


def test_the_example_is_what_its_maker_makes_and_has_its_tree_and_facts() -> None:
    data = PLACE.read_bytes()
    made, kept = PdfReader(BytesIO(report())), PdfReader(BytesIO(data))
    assert made.pages[0].extract_text() == kept.pages[0].extract_text()
    found = document_of(data, "report.pdf")
    assert (found.title, found.authors, found.doi) == (
        "An example: garnets that nobody has made", "Anna Example, Bob Muster", "10.1234/example.1",
    )  # fmt: skip
    kinds = [node.kind for node in walk(found.nodes)]
    assert kinds == ["title", "paragraph", "section", "paragraph", "section", "paragraph", "caption", "table", "formula",
                     "section", "reference"]  # fmt: skip
    facts = {(one.formula, one.property, one.value, one.unit) for one in found.facts}
    assert ("Li7La3Zr2O12", "ionic_conductivity", "2.1 × 10^-4", "S cm⁻¹") in facts
    assert ("Li7La3Zr2O12", "activation_energy", "0.34 ± 0.02", "eV") in facts
    assert ("Li6.4La3Zr1.4Ta0.6O12", "relative_density", "97.1", "%") in facts
    assert len(found.facts) == 13  # the 1 mS/cm that a cell must have, 1100 °C and 50 MPa are none
    assert all(one.page == 1 and 0.0 < one.confidence <= 1.0 and one.why for one in found.facts)
    assert all(node.box for node in walk(found.nodes) if node.kind != "title")


def test_two_columns_are_read_one_after_the_other() -> None:
    row = scored(paper(7))
    assert row["layout"].startswith("2 columns")
    assert row["title"]
    assert row["sections"]
    assert not row["wrong"]
    assert len(row["missed"]) <= 5


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the conduc-", "tivity of"], "the conductivity of"),
        (["a Li-", "ion cell"], "a Li- ion cell"),
        (["one", "two"], "one two"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_goes_where_it_parts_a_word(lines: list[str], text: str) -> None:
    assert joined_text(lines) == text


def test_what_is_no_pdf_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="no PDF"):
        read_pages(b"hello", "a.pdf")
    with pytest.raises(InputError, match="cannot be read"):
        read_pages(b"%PDF-1.4\n" + b"junk " * 50, "a.pdf")


def test_an_encrypted_file_is_refused() -> None:
    writer = PdfWriter(clone_from=BytesIO(PLACE.read_bytes()))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(InputError, match="encrypted"):
        read_pages(out.getvalue(), "a.pdf")


def with_stream(stream: bytes) -> bytes:
    """A page whose content is a compressed stream."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font "
        b"/Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


def test_a_stream_that_unpacks_without_end_is_refused() -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(100)) + packer.flush()
    assert len(bomb) < 400_000
    with pytest.raises(InputError, match=r"64 MB|cannot be read|not read within"):
        read_pages(with_stream(bomb), "bomb.pdf", seconds=20)


def test_a_file_that_keeps_the_reader_busy_ends_by_its_time() -> None:
    busy = zlib.compress(b"BT /F1 8 Tf (x) Tj ET\n" * 2_000_000)
    with pytest.raises(InputError, match=r"not read within 1 s|characters"):
        read_pages(with_stream(busy), "busy.pdf", seconds=1)


def test_a_small_made_page_is_read() -> None:
    page = pdf_child.extract(with_stream(zlib.compress(b"BT /F1 9 Tf 20 200 Td (LLZO) Tj ET")))["pages"][0]
    assert "".join(char[0] for char in page["chars"]) == "LLZO"


def test_damaged_pages_never_break_what_reads_them() -> None:
    content = (
        b"BT /F1 9 Tf 20 250 Td (Table 1. Moduli) Tj 0 -20 Td (LLZO) Tj 80 0 Td (59 GPa) Tj 80 0 Td (x) Tj -160 -12 Td "
        b"(LiF) Tj 80 0 Td (1) Tj 80 0 Td (2) Tj ET 10 200 m 200 200 l S 10 180 m 200 180 l S 10 10 90 90 re S"
    )
    whole = (
        with_stream(zlib.compress(content))
        .replace(b" /Filter /FlateDecode", b"")
        .replace(zlib.compress(content), content)
    )
    rng = random.Random(5)
    read = 0
    for _ in range(120):
        frame = mutated(rng, [whole])
        try:
            answer = pdf_child.extract(frame)
        except Exception:
            continue  # the process of its own says so; what comes out of it must never break the caller
        found = layout(pages_of(json.loads(json.dumps(answer))), answer["metadata"])
        facts_in(found.nodes, found.title)
        read += 1
    assert read > 20


def test_the_example_has_the_size_of_an_example() -> None:
    assert Path(PLACE).stat().st_size < 60_000
