import socket
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from insurers.paper import Letterhead, NothingIsFetched, Paper

HEAD = Letterhead(name="Bryanston Court", address="12 George Street, London", phone="020 7946 0000", email="desk@example.org")
MADE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PAYLOAD = '<img src="http://203.0.113.9/x"><a href="file:///etc/passwd">Łukasz Żółć</a> =HYPERLINK("http://203.0.113.9")'


@pytest.fixture
def nobody_calls(monkeypatch):
    """Any connection that is tried is an error."""

    def refuse(*args, **kwargs):
        raise AssertionError("a paper tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def a_paper(**more):
    return Paper(title="Request for more sessions", head=HEAD, made=MADE, **more)


def test_a_paper_has_a_title_a_language_and_shows_its_title():
    found = read(a_paper(language="en-GB").content())
    root = found.trailer["/Root"]

    assert found.metadata.title == "Request for more sessions"
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("en-GB", True)


def test_text_can_be_selected_in_any_european_script(nobody_calls):
    paper = a_paper()
    paper.title_line("Łukasz Żółć")
    paper.paragraph("Ἀθῆναι, Київ, £45.00")

    assert "Łukasz Żółć\nἈθῆναι, Київ, £45.00" in text_of(paper.content())


def test_what_looks_like_a_link_or_a_picture_stays_words_and_nothing_is_fetched(nobody_calls):
    paper = a_paper()
    paper.title_line(PAYLOAD)
    paper.facts([("Address", PAYLOAD)])
    paper.sheet(["Day", "Words"], [["1", PAYLOAD]], widths=[20, 80])
    content = paper.content()

    assert [dict(page).get("/Annots") for page in read(content).pages] == [None]
    assert [list(page.images) for page in read(content).pages] == [[]]
    assert text_of(content).count("HYPERLINK") == 3
    with pytest.raises(NothingIsFetched):
        paper.image("http://203.0.113.9/x.png")


def test_the_head_of_a_table_is_said_again_on_each_page():
    paper = a_paper()
    paper.sheet(["Day", "Pain"], [[str(day), "5"] for day in range(80)], widths=[50, 50], right=[1])

    pages = [page.extract_text() for page in read(paper.content()).pages]

    assert [page.count("Pain") for page in pages] == [1] * 3
    assert [f"Page {number} of 3" in page for number, page in enumerate(pages, 1)] == [True] * 3


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def text_of(content: bytes) -> str:
    """What somebody gets who selects everything."""
    return "\n".join(page.extract_text() for page in read(content).pages)
