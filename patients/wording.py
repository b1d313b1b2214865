"""How people write about themselves: words, sentences, and for each word whose it is, whether it is denied, and whether it is over.

Used to raise, never to clear: where the grammar is beyond it, it says so (`unsure`).
"""

import re
import unicodedata
from dataclasses import dataclass, replace

TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’´`\-‐‑][^\W\d_]+)*|[^\w\s]|\n")
UNREAD = re.compile(r"[^\W\d_\u0000-\u024f]{2,}|[\u3400-\u9fff]")  # letters of other scripts; a lone μ or β is a unit or a name
LONGEST = 20_000
REACH = 80  # words; nobody keeps a sentence up for longer


class TextTooLong(ValueError):
    """More words than anybody types in one go."""

    def __init__(self) -> None:
        super().__init__(f"Keep it to {LONGEST} letters")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark, folded to plain small letters, with its place in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the words before one word say of it."""

    other: bool = False
    negated: bool = False
    past: bool = False
    unsure: bool = False
    ongoing: bool = False
    loose: bool = False  # something came between: the denial, or the other person, may have been left behind


def fold(text: str) -> str:
    """Plain small letters: no accents, one kind of apostrophe and hyphen."""
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return plain.casefold().translate(str.maketrans("’´`‐‑", "'''--"))


def is_unread(text: str) -> bool:
    """Whether some of it is in a script that the lexicons have no words of."""
    return not text.isascii() and bool(UNREAD.search(fold(text)))


def squash(text: str) -> str:
    """Letters and digits only, so that `co-codamol`, `co codamol` and `Cocodamol` are one."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def words_of(text: str) -> list[Word]:
    """The words of a text; `TextTooLong` rather than minutes of work."""
    if len(text) > LONGEST:
        raise TextTooLong
    folded = ((fold(match.group()), match) for match in TOKEN.finditer(text))
    words = [Word(SHORT.get(plain, plain), match.start(), match.end()) for plain, match in folded if plain]
    return _in_figures(_one_word_for_unable(words))


def _in_figures(words: list[Word]) -> list[Word]:
    """`thirty four` and `thirty-four` are 34: the `four weeks` in it says something else."""
    found: list[Word] = []
    for word in words:
        ten, _, one = word.text.partition("-")
        if found and word.text in ONES and found[-1].text in TENS and found[-1].end + 1 == word.start:
            before = found.pop()
            found.append(Word(str(TENS[before.text] + ONES[word.text]), before.start, word.end))
        elif ten in TENS and one in ONES:
            found.append(replace(word, text=str(TENS[ten] + ONES[one])))
        else:
            found.append(replace(word, text=TEENS[word.text]) if word.text in TEENS else word)
    return found


def _one_word_for_unable(words: list[Word]) -> list[Word]:
    """`can not`, `unable to` and `haven’t been able to` are all `can't`."""
    found, place = [], 0
    while place < len(words):
        length = next((len(way) for way in UNABLE_TO.get(words[place].text, ()) if _reads(words, place, way)), 1)
        found.append(words[place] if length == 1 else Word("can't", words[place].start, words[place + length - 1].end))
        place += length
    return found


def _reads(words: list[Word], place: int, way: tuple[str, ...]) -> bool:
    return tuple(word.text for word in words[place : place + len(way)]) == way


SHORT = {
    "cant": "can't",
    "cannot": "can't",
    "couldnt": "can't",
    "couldn't": "can't",
    "wont": "won't",
    "dont": "don't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "isnt": "isn't",
    "wasnt": "wasn't",
    "hasnt": "hasn't",
    "havent": "haven't",
    "ive": "i've",
    "im": "i'm",
}


UNABLE_TO = {
    "can": (("can", "not"),),
    "could": (("could", "not"),),
    "unable": (("unable", "to"),),
    "not": (("not", "able", "to"), ("not", "been", "able", "to")),
    "haven't": (("haven't", "been", "able", "to"),),
    "isn't": (("isn't", "able", "to"),),
    "never": (("never", "able", "to"),),
}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ONES = {word: number for number, word in enumerate("one two three four five six seven eight nine".split(), 1)}
TENS = {word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
TEENS = {word: str(number) for number, word in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13)}
ENDS = _set(". ; ! • |")
LINE = "\n"  # what is said of a word ends with its line; words that mean something together may stand on two
NEGATING = _set(
    "not never don't dont doesn't doesnt didn't didnt haven't havent hasn't hasnt hadn't hadnt isn't isnt aren't arent wasn't wasnt "
    "weren't werent cannot can't cant won't wont couldn't couldnt shouldn't shouldnt avoid avoids avoiding deny denies allergic allergy "
    "allergies intolerant aint ain't nobody nothing no without nil zero neither none nor non"
)
LISTING = _set("or nor etc anything")
FRESH = _set("but however although though except just only apart otherwise instead because cos coz cause due whilst while")
PRESENT = _set("still currently now presently nowadays yet today")
REASON = _set("as since")
ME = _set("i i'm i've i'd i'll me my myself we we're we've both")
BOUND = _set(
    "than as that which when because if since while after before what whatever do did have am was should can could might may until or"
)
FAMILY = _set(
    "husband wife partner mum mom mother mam mummy dad father daddy son daughter brother sister nan nana gran granny grandma grandmother "
    "grandad granddad grandpa grandfather grandparents parents uncle aunt auntie aunty cousin niece nephew friend neighbour neighbor dog "
    "cat horse colleague boss boyfriend girlfriend fiance fiancee child children kid kids baby grandson granddaughter flatmate housemate "
    "roommate mate family relative relatives mother-in-law father-in-law brother-in-law sister-in-law stepdad stepmum twin siblings"
)
OWNING = _set("my our his her their the your a late elderly old older younger little eldest youngest poor close")
TELLING = _set(
    "says said say told tells thinks thought made makes gave gives give noticed notices wants wanted worries worried reminds reminded "
    "found suggested suggests asked asks drove brought recommended bought insists insisted booked convinced and"
)
BESIDE = _set("with from to by after like than before at")
PRONOUNS = _set("he she he's she's hes shes his him her hers")
PAST = _set("stopped quit finished completed discontinued ceased previously formerly ended past weaned ex historically once")
NOT_THE_MEDICINE = _set(
    "smoking drinking work working running driving eating alcohol cigarettes exercise exercising gym playing going sleeping swimming "
    "school football tennis cycling dancing yoga walking having"
)
NOT_YET = _set(
    "not never haven't havent hasn't hasnt to can't cant cannot don't dont without should want shouldn't must didn't didnt isn't before if"
)
UNSURE = _set("might maybe perhaps possibly unsure think considering wondering supposed tried offered thinking should")
ONGOING = _set("start started starting starts began begun since diagnosed put prescribed restarted for")
JOINING = _set("and , then plus also so")
TAKING = _set("take takes taking on use uses using am have having got started began commenced restarted")
SHORT_STOP = _set("temporarily paused pause hold holiday meanwhile operation surgery procedure")

PHRASES: dict[tuple[str, ...], str] = {
    ("not", "only"): "",
    ("not", "regularly"): "",
    ("not", "often"): "",
    ("not", "every"): "",
    ("not", "always"): "",
    ("not", "usually"): "",
    ("not", "all"): "",
    ("don't", "always"): "",
    ("don't", "usually"): "",
    ("don't", "regularly"): "",
    ("don't", "often"): "",
    ("don't", "miss"): "",
    ("never", "miss"): "",
    ("never", "forget"): "",
    ("never", "go"): "",
    ("not", "just"): "",
    ("no", "doubt"): "",
    ("no", "matter"): "",
    ("no", "problem"): "",
    ("not", "stopped"): "",
    ("never", "without"): "",
    ("never", "stopped"): "",
    ("not", "without"): "",
    ("until", "now"): "",
    ("not", "sure"): "unsure",
    ("don't", "know"): "unsure",
    ("dont", "know"): "unsure",
    ("going", "to"): "unsure",
    ("about", "to"): "unsure",
    ("worried", "about"): "unsure",
    ("worry", "about"): "unsure",
    ("worried", "it"): "unsure",
    ("scared", "it"): "unsure",
    ("due", "to", "start"): "unsure",
    ("may", "be"): "unsure",
    ("may", "start"): "unsure",
    ("may", "need"): "unsure",
    ("may", "have"): "unsure",
    ("may", "go"): "unsure",
    ("may", "take"): "unsure",
    ("wants", "me"): "unsure",
    ("to", "stop"): "unsure",
    ("should", "stop"): "unsure",
    ("no", "longer"): "past",
    ("used", "to"): "past",
    ("use", "to", "be"): "past",
    ("use", "to", "take"): "past",
    ("use", "to", "have"): "past",
    ("came", "off"): "past",
    ("come", "off"): "past",
    ("coming", "off"): "unsure",
    ("gone", "off"): "past",
    ("taken", "off"): "past",
    ("took", "me", "off"): "past",
    ("i'm", "off"): "past",
    ("im", "off"): "past",
    ("now", "off"): "past",
    ("am", "off"): "past",
    ("been", "off"): "past",
    ("gave", "up"): "past",
    ("given", "up"): "past",
    ("was", "on"): "past",
    ("were", "on"): "past",
    ("had", "been", "on"): "past",
    ("was", "taking"): "past",
    ("were", "taking"): "past",
    ("had", "been", "taking"): "past",
    ("was", "using"): "past",
    ("advised", "against"): "negated",
    ("warned", "against"): "negated",
    ("warned", "off"): "negated",
    ("rather", "than"): "negated",
    ("instead", "of"): "negated",
    ("switched", "from"): "past",
    ("changed", "from"): "past",
    ("moved", "from"): "past",
    ("swapped", "from"): "past",
}
PHRASE_STARTS = frozenset(phrase[0] for phrase in PHRASES)


def standings(texts: list[str], *, met_other: bool = False) -> list[Standing]:
    """For each word, what the words before it in its sentence say of it; `met_other` where somebody else was spoken of before."""
    found: list[Standing] = []
    now, outside = Standing(), None
    place = 0
    while place < len(texts):
        if texts[place] in "()":
            now, outside = (now, now) if texts[place] == "(" else (outside or now, None)
        length, effect = _phrase(texts, place)
        if effect is not None:
            found += [now] * length
            now = _after_phrase(now, effect)
            place += length
            continue
        found.append(now)
        now = _after(now, texts, place, met_other)
        met_other = met_other or now.other
        place += 1
    return found


def _phrase(texts: list[str], place: int) -> tuple[int, str | None]:
    if texts[place] in PHRASE_STARTS:
        for length in (3, 2):
            effect = PHRASES.get(tuple(texts[place : place + length]))
            if effect is not None:
                return length, effect
    return 1, None


def _after_phrase(now: Standing, effect: str) -> Standing:
    if effect == "past":
        return replace(now, past=True, negated=False)
    return replace(now, **{effect: True}) if effect else now


def _after(now: Standing, texts: list[str], place: int, met_other: bool) -> Standing:
    """What holds after the word at `place`."""
    word = texts[place]
    if word in ENDS or word == LINE:
        return Standing()
    for change in (_whose, _denial, _time):
        changed = change(now, texts, place, met_other)
        if changed is not None:
            return changed
    return now


def _whose(now: Standing, texts: list[str], place: int, met_other: bool) -> Standing | None:
    word, before = texts[place], texts[place - 1] if place else ""
    bare = word.removesuffix("'s").removesuffix("s'")
    if bare in FAMILY and _is_somebody(texts, place):
        return _other(now, texts, place, owned=word != bare)
    if word in ME and not (word == "my" and _family_follows(texts, place)):
        fresh = now.other or (word.startswith("i") and before not in BOUND)
        return Standing() if fresh else replace(now, unsure=now.unsure and word.startswith("i"))
    if word in PRONOUNS:
        return replace(Standing(), other=True) if met_other else replace(now, unsure=True)
    if word == "they" and met_other:
        return Standing(other=True)
    return None


def _family_follows(texts: list[str], place: int) -> bool:
    return any(text.removesuffix("'s") in FAMILY for text in texts[place + 1 : place + 4])


def _is_somebody(texts: list[str], place: int) -> bool:
    """Whether a family word names the person the next words are about."""
    following = texts[place + 1] if place + 1 < len(texts) else ""
    before = texts[max(0, place - 4) : place]
    if following == "who":
        return True
    if following in TELLING or "me" in before or "i" in before[-2:]:
        return False
    if set(before) & BESIDE:
        return False
    begins = not before or before[-1] in ENDS or before[-1] in (LINE, "and", ",", "for")
    return begins or bool(set(before) & OWNING) or texts[place] == "family"


def _other(now: Standing, texts: list[str], place: int, *, owned: bool) -> Standing:
    taken = (
        owned and not now.other and set(texts[max(0, place - 6) : place]) & _set("take took taking use used using borrow borrowed had have")
    )
    return replace(now, unsure=True) if taken else Standing(other=True)


def _denial(now: Standing, texts: list[str], place: int, _: bool) -> Standing | None:
    word, before = texts[place], texts[place - 1] if place else ""
    if word in FRESH or (word in PRESENT and before not in NEGATING) or (word in REASON and _begins_with_me(texts, place + 1)):
        return replace(now, negated=False, past=False, unsure=False)
    if word in NEGATING:
        return replace(now, negated=True, loose=False)
    if word == ",":
        return _after_comma(now, texts, place)
    if word == "and" and now.negated and "without" in texts[max(0, place - 3) : place]:
        return replace(now, negated=False, unsure=not before.endswith("ing"))
    if word in TAKING and before in JOINING and not now.other:
        return replace(now, negated=False, past=False, unsure=False)
    return None


def _begins_with_me(texts: list[str], place: int) -> bool:
    """`as I’m on …`, `since I take …`: what follows is a statement of its own."""
    return place < len(texts) and texts[place] in ME and texts[place] != "my"


def _after_comma(now: Standing, texts: list[str], place: int) -> Standing:
    """A list after `no` or `don't` goes on while an `or` is to come; a list after `used to` may have ended."""
    ahead = texts[place + 1 : _sentence_end(texts, place)]
    if now.negated and not set(ahead) & LISTING:
        return replace(now, negated=False, unsure=True)
    if now.past:
        return replace(now, past=False, unsure=True)
    return replace(now, loose=True) if now.other else now


def _time(now: Standing, texts: list[str], place: int, _: bool) -> Standing | None:
    word, before = texts[place], texts[place - 1] if place else ""
    following = texts[place + 1] if place + 1 < len(texts) else ""
    if word in PAST:
        if before in NOT_YET:
            return replace(now, negated=False, past=False, unsure=before in ("to", "should", "want", "if"))
        return now if following in NOT_THE_MEDICINE or (word == "once" and following in ("a", "daily", "per")) else replace(now, past=True)
    if word in UNSURE:
        return replace(now, unsure=True)
    if word in ONGOING:
        return replace(now, ongoing=True)
    return None


def _sentence_end(texts: list[str], place: int) -> int:
    last = min(len(texts), place + REACH)
    return next((index for index in range(place, last) if texts[index] in ENDS), last)


def _sentence_start(texts: list[str], place: int) -> int:
    first = max(0, place - REACH)
    return next((index + 1 for index in range(place - 1, first - 1, -1) if texts[index] in ENDS), first)


def sentence(texts: list[str], place: int) -> range:
    """The places of the sentence around a word, as far as words reach."""
    return range(_sentence_start(texts, place), _sentence_end(texts, place))
