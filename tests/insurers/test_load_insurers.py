import pytest
from django.core.management import call_command

from insurers.directory import directory
from insurers.models import Insurer


@pytest.mark.django_db
def test_every_insurer_of_the_directory_can_be_chosen(capsys):
    call_command("load_insurers")

    assert set(Insurer.objects.listed().values_list("slug", flat=True)) == set(directory().insurers)
    assert capsys.readouterr().out == "28 insurers are in the directory.\n"


@pytest.mark.django_db
def test_no_two_insurers_have_the_same_name_in_the_list():
    call_command("load_insurers")

    names = list(Insurer.objects.listed().values_list("name", flat=True))

    assert len(set(names)) == len(names)
    assert all(len(name) <= 80 for name in names)


@pytest.mark.django_db
def test_loading_again_keeps_the_rows_and_brings_changes():
    call_command("load_insurers")
    before = dict(Insurer.objects.values_list("slug", "pk"))
    Insurer.objects.filter(slug="vitality").update(name="Changed", active=False)
    Insurer.objects.create(slug="gone", name="Gone")

    call_command("load_insurers")

    assert dict(Insurer.objects.listed().values_list("slug", "pk")) == before
    assert Insurer.objects.get(slug="vitality").name == "VitalityHealth"
    assert Insurer.objects.get(slug="gone").active is False
