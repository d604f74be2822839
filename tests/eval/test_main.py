"""The command line, from the data to the page of results."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.eval.main import main
from homeport.eval.regimes import ALL


@pytest.fixture(scope="module")
def evaluated(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results")
    assert main(["router", "--data", str(small), "--out", str(out)]) == 0
    return out


def test_each_regime_has_a_table(evaluated: Path) -> None:
    page = (evaluated / "RESULTS.md").read_text("utf-8")
    for regime in ALL:
        assert f"\n## {regime.title}\n" in page
    for router in ("random", "length", "keyword rules", "data-set mean", "oracle"):
        assert f"| mmlu | {router} |" in page
    assert "| gsm8k | asked again, signs, prompt |" in page
    assert "| controller |" in page
    assert "| courtesy |" in page


def test_predictions_are_in_the_format_of_the_scorers(evaluated: Path) -> None:
    with (evaluated / "shipped.shipped-artifact.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"id", "track", "score"}
    assert {row["track"] for row in rows} == {
        *("mmlu", "gsm8k", "llmrouter", "ze-gsm", "ze-math+crux", "mmlupro")
    }
    assert all(float(row["score"]) == float(row["score"]) for row in rows)


def test_a_folder_without_data_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["router", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("homeport eval: ")
    assert "could not be read" in said


@pytest.mark.parametrize(
    "words", [["--help"], ["router", "--help"], ["train", "--help"], ["evidence", "--help"]]
)
def test_help_needs_no_numpy(words: list[str]) -> None:
    script = (
        "import sys; sys.modules['numpy'] = None; from homeport.eval.main import main; "
        f"main({words!r})"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "homeport eval" in ran.stdout


def test_without_numpy_it_says_what_is_missing(small: Path, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['numpy'] = None; from homeport.eval.main import main; "
        f"sys.exit(main(['train', '--data', {str(small)!r}, '--out', {str(tmp_path)!r}]))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "needs numpy" in ran.stderr


def test_the_command_hands_over() -> None:
    homeport = Path(sys.executable).with_name("homeport")
    ran = subprocess.run([homeport, "eval", "--help"], capture_output=True, text=True, check=True)
    assert "homeport eval router --data" in ran.stdout
