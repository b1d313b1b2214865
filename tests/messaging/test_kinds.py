"""Every kind of message the house registers can be written."""

import pytest
from django.conf import settings

from messaging.enums import Channel
from messaging.kinds import KINDS, Kind

PARTS = {Channel.MAIL: ("subject.txt", "body.txt", "body.html"), Channel.SMS: ("sms.txt",)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_each_kind_has_its_texts_and_words(kind: Kind):
    needed = [f"{kind.folder}/{part}" for channel in kind.channels for part in PARTS[channel]]
    assert [name for name in needed if not (settings.BASE_DIR / "templates" / name).is_file()] == []
    assert kind.words
    assert len(kind.name) <= 60
