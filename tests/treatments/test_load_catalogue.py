import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from treatments.catalogue import HERE
from treatments.models import Acupoint, Condition, Technique

pytestmark = pytest.mark.django_db


def load(**options) -> str:
    said = StringIO()
    call_command("load_catalogue", stdout=said, **options)
    return said.getvalue()


def test_the_whole_catalogue_is_loaded_and_a_second_run_changes_nothing():
    load()
    assert (Acupoint.objects.count(), Technique.objects.count(), Condition.objects.count()) == (187, 14, 15)
    ids = set(Acupoint.objects.values_list("pk", "code"))

    assert load() == (
        "Points: 0 new, 0 changed, 187 as before\nTechniques: 0 new, 0 changed, 14 as before\nConditions: 0 new, 0 changed, 15 as before\n"
    )
    assert set(Acupoint.objects.values_list("pk", "code")) == ids


def test_what_differs_is_set_right_and_what_is_no_longer_named_stays():
    load()
    Acupoint.objects.filter(code="BL23").update(depth_max_mm=99)
    Technique.objects.create(slug="leeches", name="Leeches", family="needling", needles=False, words="Once.")

    said = load()

    assert "Points: 0 new, 1 changed, 186 as before" in said
    assert "kept though no longer named: leeches" in said
    assert Acupoint.objects.get(code="BL23").depth_max_mm != 99


def test_a_broken_file_is_named_with_line_and_field_and_nothing_is_changed(tmp_path):
    folder = shutil.copytree(HERE, tmp_path / "catalogue")
    points = folder / "points.csv"
    lines = points.read_text().splitlines()
    lines[3] = lines[3].replace(",bilateral,", ",sideways,")
    points.write_text("\n".join(lines))

    with pytest.raises(CommandError, match=r"Nothing was changed\. points\.csv, line 4, laterality: 'sideways'"):
        load(folder=folder)

    assert not Acupoint.objects.exists()
