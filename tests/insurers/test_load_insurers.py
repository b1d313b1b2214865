import pytest
from django.core.management import call_command

from clinic.enums import Role
from insurers.directory import directory
from insurers.formats import Fit, check_number, help_words
from insurers.inforce import directory_in_force
from insurers.models import Insurer
from insurers.services import ChangedMeanwhile, add_insurer, edit_insurer
from tests.factories import NOON, UserFactory


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


# What people change


@pytest.fixture
def vitality():
    call_command("load_insurers", verbosity=0)
    return Insurer.objects.get(slug="vitality")


def edit(insurer, by, **values):
    return edit_insurer(insurer=insurer, values=values, seen=insurer.changes.count(), by=by, now=NOON)


@pytest.mark.django_db
def test_what_an_admin_changed_is_kept_with_what_stood_before_and_survives_a_new_edition(vitality):
    admin = UserFactory(role=Role.ADMIN)
    was = vitality.limits

    edit(vitality, admin, limits="Six sessions", invoice_months=4, name="VitalityHealth")
    Insurer.objects.filter(slug="vitality").update(excess="Stale")
    call_command("load_insurers")

    vitality.refresh_from_db()
    assert (vitality.limits, vitality.invoice_months) == ("Six sessions", 4)
    assert vitality.excess == directory().insurers["vitality"].excess
    assert sorted(vitality.changes.values_list("field", "before", "after", "by")) == [
        ("excess", "Stale", vitality.excess, None),
        ("invoice_months", "3", "4", admin.pk),
        ("limits", was, "Six sessions", admin.pk),
    ]


@pytest.mark.django_db
def test_an_insurer_that_was_added_or_closed_here_stays_so(vitality):
    admin = UserFactory(role=Role.ADMIN)
    own = add_insurer(values={"name": "Guild Benefit", "claim_model": "reclaim"}, by=admin)
    twin = add_insurer(values={"name": "Guild Benefit"}, by=admin)
    edit(vitality, admin, active=False)

    call_command("load_insurers")

    assert (own.slug, twin.slug) == ("guild_benefit", "guild_benefit_2")
    assert set(Insurer.objects.filter(added_by=admin).values_list("active", flat=True)) == {True}
    assert not Insurer.objects.get(slug="vitality").active


@pytest.mark.django_db
def test_two_who_change_the_same_insurer_do_not_undo_each_other(vitality):
    admin = UserFactory(role=Role.ADMIN)
    seen = vitality.changes.count()
    edit(vitality, admin, limits="Six sessions")

    with pytest.raises(ChangedMeanwhile):
        edit_insurer(insurer=vitality, values={"limits": "Four"}, seen=seen, by=admin, now=NOON)

    vitality.refresh_from_db()
    assert vitality.limits == "Six sessions"


@pytest.mark.django_db
def test_the_directory_in_force_says_what_was_changed_and_what_the_files_say():
    call_command("load_insurers", verbosity=0)
    for slug, entry in directory().insurers.items():
        mine = directory_in_force().insurers[slug]
        assert (mine.claim_model, mine.is_insurer, mine.former_names) == (entry.claim_model, entry.is_insurer, entry.former_names)

    edit(Insurer.objects.get(slug="vitality"), UserFactory(role=Role.ADMIN), policy_shapes="V######", policy_label="plan reference")

    book = directory_in_force()
    assert check_number("vitality", "policy", "V123456", book=book).fit == Fit.FITS
    assert help_words("vitality", "policy", book=book) == "The plan reference, like V123456"
    assert check_number("vitality", "policy", "1234567890", book=book).words.startswith("This is the membership number")
