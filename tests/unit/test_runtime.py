from typing import Any

import pytest

from firebell.core import runtime
from firebell.core.model import Cap, Runtime
from tests.builders import case_id

A_CAP = {"most": 3, "windowSeconds": 3600}


def test_caps_are_read_by_category() -> None:
    document = {"sendingPaused": False, "caps": {"news": A_CAP, "default": A_CAP}}

    assert runtime.runtime_from(document) == (
        Runtime(
            caps={
                "news": Cap(category="news", most=3, window_s=3600),
                "default": Cap(category="default", most=3, window_s=3600),
            }
        ),
        (),
    )


@pytest.mark.parametrize(("document", "paused"), [({}, False), ({"sendingPaused": True}, True)])
def test_sending_goes_on_unless_paused(document: dict[str, Any], paused: bool) -> None:
    assert runtime.runtime_from(document) == (Runtime(sending_paused=paused), ())


@pytest.mark.parametrize("value", [None, 0, 1, "", "false", [], {}], ids=case_id)
def test_stop_switch_that_makes_no_sense_stops_and_is_named(value: Any) -> None:
    found, ignored = runtime.runtime_from({"sendingPaused": value})

    assert found.sending_paused
    assert ignored == ("sendingPaused",)


@pytest.mark.parametrize(
    ("cap", "name"),
    [
        (None, "caps.news"),
        (5, "caps.news"),
        ([3, 3600], "caps.news"),
        ({}, "caps.news"),
        ({"most": 3}, "caps.news"),
        ({"windowSeconds": 3600}, "caps.news"),
        ({**A_CAP, "most": 0}, "caps.news.most"),
        ({**A_CAP, "most": 1001}, "caps.news.most"),
        ({**A_CAP, "most": "3"}, "caps.news.most"),
        ({**A_CAP, "most": True}, "caps.news.most"),
        ({**A_CAP, "most": 3.0}, "caps.news.most"),
        ({**A_CAP, "windowSeconds": 59}, "caps.news.windowSeconds"),
        ({**A_CAP, "windowSeconds": 2_592_001}, "caps.news.windowSeconds"),
        ({**A_CAP, "windowSecs": 60}, "caps.news.windowSecs"),
    ],
    ids=case_id,
)
def test_cap_that_does_not_fit_is_left_out_alone_and_named(cap: Any, name: str) -> None:
    found, ignored = runtime.runtime_from({"caps": {"news": cap, "chat": A_CAP}})

    assert set(found.caps) == {"chat"}
    assert ignored == (name,)


@pytest.mark.parametrize(("most", "window_s"), [(1, 60), (1000, 2_592_000)])
def test_bounds_of_a_cap_fit(most: int, window_s: int) -> None:
    found, ignored = runtime.runtime_from(
        {"caps": {"news": {"most": most, "windowSeconds": window_s}}}
    )

    assert found.caps == {"news": Cap(category="news", most=most, window_s=window_s)}
    assert ignored == ()


@pytest.mark.parametrize("caps", [None, 5, [A_CAP], "news"], ids=case_id)
def test_caps_that_are_no_map_are_named(caps: Any) -> None:
    assert runtime.runtime_from({"caps": caps}) == (Runtime(), ("caps",))


def test_misspelt_field_is_named() -> None:
    assert runtime.runtime_from({"sendingPuased": True}) == (Runtime(), ("sendingPuased",))
