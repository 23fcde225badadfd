"""Counting pages agrees with poppler on the files that are printed in service."""

import subprocess
from pathlib import Path

import pytest
import typst  # noqa: TID251 - makes the files of the kind that is counted

from devices.printer.pages import count_pages
from tests.fixtures_printing import a4_pdf


def pdfinfo(path: Path) -> int:
    told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True, timeout=20).stdout
    return next(int(row.split()[1]) for row in told.splitlines() if row.startswith("Pages:"))


@pytest.mark.parametrize("pages", [1, 2, 12, 61])
@pytest.mark.parametrize("standard", ["1.7", "a-2b"])
def test_typst_files(tmp_path: Path, pages: int, standard: str) -> None:
    """What Typst writes, PDF/A or not, with its page tree in the open or in an object stream."""
    page = "页 >> /Type /Pages /Count 7 <<\n"
    source = '#set page(paper: "a4")\n' + "#pagebreak()\n".join([page] * pages)
    pdf = typst.compile(source.encode(), format="pdf", pdf_standards=[standard])
    (tmp_path / "x.pdf").write_bytes(pdf)
    assert count_pages(pdf) == pages == pdfinfo(tmp_path / "x.pdf")


def test_a_later_revision_that_agrees_is_counted() -> None:
    """A signature appends a revision; page trees that say the same are one answer, others are none."""
    pdf = a4_pdf(2)
    again = b"2 0 obj\n<< /Kids [3 0 R 5 0 R] /Type /Pages /Count %d >>\nendobj\nstartxref\n1\n%%%%EOF\n"
    assert count_pages(pdf) == 2
    assert count_pages(pdf + again % 2) == 2
    assert count_pages(pdf + again % 3) is None


@pytest.mark.parametrize(
    "pdf", [b"", b"%PDF-1.7\n", a4_pdf(3)[:-60], b"x" + a4_pdf(1), b"%PDF-1.7\nstartxref\n0\n%%EOF"]
)
def test_what_is_no_whole_pdf_has_no_pages(pdf: bytes) -> None:
    """Cut off, empty or something else: None, and such a file is never handed to a printer."""
    assert count_pages(pdf) is None
