"""Every mail fits a small phone and a wide window, in every language, with nothing but itself."""

from datetime import UTC, datetime

import pytest

from messaging.previews import languages, previews
from tests.factories import ClinicFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
LONG = "12 A Rather Long Street Name With Several Words, Kanda-Surugadai, Chiyoda-ku, Tokyo 101-0062"
STICKS_OUT = """() => {
  const box = document.querySelector('.sheet, [role=article] > div').getBoundingClientRect();
  return [...document.querySelectorAll('h1, h2, p, li, a, b, div')]
    .filter(each => each.closest('[role=article] > div') && each.getBoundingClientRect().right > box.right + 1)
    .map(each => each.textContent.trim().slice(0, 40));
}"""


def letters(clinic):
    for one in previews():
        if one.by_mail:
            yield from ((one.name, code, one.letter(clinic=clinic, language=code, now=NOW).html) for code, _ in languages())


@pytest.mark.parametrize("width", [320, 600])
def test_no_mail_is_wider_than_its_window(new_page, width):
    page = new_page(width=width, height=700)
    wrong = []
    for name, code, html in letters(ClinicFactory(address=LONG, phone="+44 20 7946 0182")):
        page.set_content(html)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append((name, code, "scrolls sideways"))
        wrong += [(name, code, text) for text in page.evaluate(STICKS_OUT)]
    assert wrong == []


def test_no_mail_puts_up_a_barrier(page, barriers):
    wrong = {}
    for name, code, html in letters(ClinicFactory(address=LONG, phone="+44 20 7946 0182")):
        page.set_content(html)
        if found := barriers(page):
            wrong[name, code] = found
    assert wrong == {}
