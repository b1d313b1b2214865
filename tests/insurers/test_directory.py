import shutil

import pytest

from insurers.directory import HERE, CatalogueError, directory

BOOK = directory()


@pytest.fixture
def folder(tmp_path):
    for file in (HERE / "insurers.csv", HERE / "formats.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_every_insurer_of_the_list_is_there():
    assert len(BOOK.insurers) == 28
    assert [entry.name for entry in BOOK.insurers.values()][:5] == [
        "Axa PPP",
        "Axa PPP International",
        "Bupa Physiotherapy",
        "Bupa International",
        "Vitality (formerly Pru Health)",
    ]


def test_a_provider_is_no_insurer():
    assert [entry.slug for entry in BOOK.insurers.values() if not entry.is_insurer] == ["nuffield_health"]


@pytest.mark.parametrize("slug", sorted(BOOK.insurers))
def test_every_insurer_says_what_it_asks_for_and_whence_we_know(slug):
    entry = BOOK.insurers[slug]

    assert entry.requirements
    assert entry.source
    assert entry.name in entry.names


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Vitality (formerly Pru Health)", ["vitality"]),
        ("pru health", ["vitality"]),
        ("PPP healthcare", ["axa_ppp"]),
        ("Norwich Union Healthcare", ["aviva"]),
        ("HSA", ["simplyhealth"]),
        ("Allianz Worldwide Care", ["allianz_worldwide_care"]),
        ("nobody", []),
    ],
)
def test_an_insurer_is_found_by_its_names_old_and_new(name, slugs):
    assert [entry.slug for entry in BOOK.called(name)] == slugs


def test_cash_plans_pay_back():
    plans = [entry for entry in BOOK.insurers.values() if entry.kind == "cash_plan"]

    assert sorted(entry.slug for entry in plans) == ["bhsf", "health_shield", "paycare", "simplyhealth"]
    assert {entry.claim_model for entry in plans} == {"reclaim"}


def test_what_only_clinics_say_is_marked_unverified():
    assert not BOOK.invoices["bupa_physiotherapy"].verified
    assert not BOOK.insurers["bupa_physiotherapy"].verified
    assert BOOK.insurers["vitality"].verified


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("insurers.csv", ",pmi,direct,", ",pmi,barter,", r"insurers.csv, line 2, claim_model: 'barter' is none of"),
        ("insurers.csv", "\nbupa_international,", "\naxa_ppp,", r"insurers.csv, line 5, slug: axa_ppp is there twice"),
        ("formats.json", '"vitality"', '"vitalty"', r"formats.json, line 4, insurers: vitalty is not in the list"),
        ("formats.json", '"########"', '"########~"', r"formats.json, line 4, shapes: '~' can’t stand in a number"),
        ("formats.json", '"12########"', '"--"', r"formats.json, line \d+, shapes: a shape has at least one digit or letter"),
        ("formats.json", '"within_months": 3', '"within_months": 0', r"formats.json, line \d+, within_months: 0 is not between 1 and 36"),
    ],
)
def test_bad_data_is_refused_with_file_line_and_field(folder, file, old, new, message):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))

    with pytest.raises(CatalogueError, match=message):
        directory(folder)
