"""How people are called, and where they are reached."""

import pytest

from patients.addresses import greeted


@pytest.mark.parametrize(("language", "name"), [("en-gb", "Hanako"), ("ja", "Yamada Hanako")])
def test_a_message_calls_people_as_their_language_does(language, name):
    assert greeted("Hanako", "Yamada", language) == name
