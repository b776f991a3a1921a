"""The notebooks run from top to bottom; both languages run the same cells."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).resolve().parents[2] / "notebooks"
PAGES = [ROOT / "first_look.ipynb", ROOT / "fr" / "first_look.ipynb"]


def code_of(path):
    notebook = nbformat.read(path, 4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", PAGES, ids=["en", "fr"])
def test_a_notebook_is_valid_and_holds_no_output(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert all(cell.cell_type == "markdown" for cell in notebook.cells[::2]), (
        "each code cell has its explanation before it"
    )


def test_the_french_notebook_runs_what_the_english_one_does():
    english, french = (code_of(path) for path in PAGES)
    assert english == french


def test_every_cell_runs_and_the_cubes_are_found(tmp_path):
    notebook = nbformat.read(PAGES[0], 4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    text = "".join(out.text for out in outputs if out.output_type == "stream")
    pictures = [out for out in outputs if "image/png" in out.get("data", {})]
    assert len(pictures) == 4
    assert "0.5 ['two', 'one', 'two']" in text
    assert "640x480 ['two', 'one', 'two']" in text
    assert "% of the box" in text and "IoU 0." in text
    assert "train a Mask R-CNN first" in text
    assert list(tmp_path.iterdir()) == []
