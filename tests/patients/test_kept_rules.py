"""Every version of the rules that was in force is kept, and an old answer is read by its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from patients.models import Intake
from patients.rereading import as_given
from patients.rulebook import FOLDER, KEPT, RuleError, keep, read_kept, rulebook, rulebook_of
from tests.patients.people import TODAY

FIRST = "1-6e0670c02ead"


def test_the_rules_in_force_are_kept():
    assert (KEPT / f"{rulebook().version}.zip").exists(), "run: python -m patients.rulebook docs"
    assert read_kept(KEPT / f"{rulebook().version}.zip").rules == rulebook().rules


@pytest.mark.parametrize("archive", sorted(KEPT.glob("*.zip")), ids=lambda archive: archive.stem)
def test_every_kept_version_can_still_be_read_and_holds_what_its_name_says(archive):
    assert read_kept(archive).version == archive.stem


def test_each_number_is_kept_once():
    numbers = [archive.stem.rpartition("-")[0] for archive in KEPT.glob("*.zip")]

    assert sorted(numbers) == sorted(set(numbers))


def test_the_first_version_stays():
    assert (rulebook_of(FIRST).version, len(rulebook_of(FIRST).medicines)) == (FIRST, 266)
    assert rulebook_of("0-never") is None
    assert rulebook_of(rulebook().version) is rulebook()


def test_an_archive_that_was_tampered_with_is_refused(tmp_path):
    archive = shutil.copy(KEPT / f"{FIRST}.zip", tmp_path / f"{FIRST}.zip")
    with ZipFile(archive) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    files["everyday.txt"] += b"warfarin\n"
    with ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)

    with pytest.raises(RuleError, match="holds other rules than its name says"):
        read_kept(Path(archive))


def test_a_new_number_keeps_the_old_one_and_a_draft_makes_way(tmp_path):
    folder, kept = shutil.copytree(FOLDER, tmp_path / "rules"), tmp_path / "kept"
    first = keep(folder, kept)
    (folder / "everyday.txt").write_text("banana\n" + (folder / "everyday.txt").read_text(encoding="utf-8"), encoding="utf-8")
    draft = keep(folder, kept)
    assert [each.name for each in kept.iterdir()] == [draft.name] != [first.name]

    facts = json.loads((folder / "contraindications.json").read_text(encoding="utf-8"))
    (folder / "contraindications.json").write_text(json.dumps(facts | {"version": "99"}), encoding="utf-8")
    later = keep(folder, kept)
    assert sorted(each.name for each in kept.iterdir()) == sorted([draft.name, later.name])


def test_an_old_answer_is_read_in_the_words_it_was_asked_in(monkeypatch):
    then = rulebook_of(FIRST).questions["skin"]
    intake = Intake(complaint="lower_back", answers={"skin": ["open_wound_in_area"]}, rules_version=FIRST)

    assert (then.legend, then.option("open_wound_in_area").words) in as_given(intake, today=TODAY)


def test_answers_of_a_version_nobody_kept_are_read_by_the_rules_in_force():
    now = rulebook().questions["skin"]
    intake = Intake(complaint="lower_back", answers={"skin": ["open_wound_in_area"]}, rules_version="0-never")

    assert (now.legend, now.option("open_wound_in_area").words) in as_given(intake, today=TODAY)


def test_broken_rules_stop_the_start_in_words_and_leave_the_files_alone(tmp_path):
    root = FOLDER.parent.parent
    for package in ("patients", "treatments", "messaging", "clinic", "intervals", "bookings", "insurers", "web"):
        shutil.copytree(root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "manage.py", tmp_path)
    broken = tmp_path / "patients/rules/contraindications.json"
    facts = json.loads(broken.read_text(encoding="utf-8"))
    facts["rules"][0].pop("source")
    broken.write_text(json.dumps(facts), encoding="utf-8")
    before = broken.read_bytes()

    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    done = subprocess.run([sys.executable, "manage.py", "screen"], input="{}", capture_output=True, text=True, cwd=tmp_path, env=bare)

    assert (done.stdout, done.returncode, broken.read_bytes()) == ("", 1, before)
    assert done.stderr.strip() == (
        "Meridian doesn’t start: the screening rules can’t be trusted. contraindications.json, cauda_equina_saddle_numbness, "
        "field “source”: names no source, and the record doesn't say that it has none"
    )
