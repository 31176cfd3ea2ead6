import pytest

from firebell.core import language

FOUND = {"de": 1, "de-CH": 2, "zh-Hant": 3, "PT": 4}


@pytest.mark.parametrize(
    ("locale", "found"),
    [
        ("de", ("de", 1)),
        ("de-CH", ("de-CH", 2)),
        ("de-AT", ("de", 1)),
        ("de_AT", ("de", 1)),
        ("DE-ch", ("de-CH", 2)),
        ("de-CH-1996", ("de-CH", 2)),
        ("zh-Hant-TW", ("zh-Hant", 3)),
        ("zh-Hant-u-nu-latn", ("zh-Hant", 3)),
        ("pt-BR", ("PT", 4)),
        ("zh", None),
        ("zh-Hans", None),
        ("deu", None),
        ("en", None),
        ("x-de", None),
        ("", None),
        ("-", None),
        (None, None),
    ],
)
def test_reader_gets_the_closest_language(
    locale: str | None, found: tuple[str, int] | None
) -> None:
    assert language.lookup(locale, FOUND) == found


def test_subtag_that_introduces_another_goes_with_it() -> None:
    assert language.lookup("en-a-bbb-x-c", {"en-a-bbb": 1, "en-a": 2}) == ("en-a-bbb", 1)
    assert language.lookup("en-x-c", {"en-x": 1}) is None


def test_region_is_never_guessed() -> None:
    assert language.lookup("de-AT", {"de-DE": 1, "de-CH": 2}) is None


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert language.lookup("de", {}) is None
