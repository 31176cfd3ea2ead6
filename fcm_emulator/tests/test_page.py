"""The page in a real Chromium: what a person sees and does, also without mouse or eyes."""

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.conftest import Sender

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def need(thing: Any, reason: str) -> Any:
    if not thing:
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)(reason)
    return thing


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Any]:
    need(importlib.util.find_spec("playwright"), "needs playwright (pip install playwright)")
    # By name: type checks pass where it is not installed.
    sync_api = importlib.import_module("playwright.sync_api")
    path = need(next(filter(None, map(shutil.which, BROWSERS)), None), "needs Chromium on the PATH")
    # Chromium refuses its sandbox to root, as which containers run.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(name="page")
def _page(browser: Any, fcm: EmulatorClient, phone: Target) -> Iterator[Any]:
    page = browser.new_page()
    problems: list[str] = []

    def hear(line: Any) -> None:
        # Chromium itself notes replies that are refusals.
        if line.type == "error" and "Failed to load resource" not in line.text:
            problems.append(line.text)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", hear)
    page.goto(f"http://{fcm.address}/?project={fcm.project}")
    page.get_by_role("heading", name="a phone").wait_for()
    yield page
    page.close()
    assert problems == []


def card(page: Any, name: str) -> Any:
    return page.get_by_role("article", name=name, exact=True)


def shown(page: Any, name: str) -> list[str]:
    found: list[str] = card(page, name).locator(".notification .title").all_text_contents()
    return found


def notify(sender: Sender, target: Target, **notification: str) -> None:
    reply = sender.send({"fid": target.value, "notification": notification})
    assert reply.http_status == 200


def violations(page: Any) -> list[Any]:
    need(AXE.exists(), "needs axe-core (npm install)")
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate("axe.run().then((result) => result.violations)")
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def test_a_tray_fills_live_and_is_announced(page: Any, sender: Sender, phone: Target) -> None:
    notify(sender, phone, title="Hello", body="World")

    card(page, "a phone").get_by_text("World").wait_for()
    assert shown(page, "a phone") == ["Hello"]
    assert page.get_by_role("log").inner_text() == "a phone: Hello, World"
    assert card(page, "a phone").get_by_role("img", name="Badge 1").is_visible()

    notify(sender, phone, title="Again")
    card(page, "a phone").get_by_text("Again").wait_for()
    assert page.get_by_role("log").locator("p").all_text_contents() == [
        "a phone: Hello, World",
        "a phone: Again",
    ]


def test_what_a_message_says_is_text_and_loads_nothing(
    page: Any, fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    markup = "<img src=x onerror=alert(1)>"
    notify(sender, phone, title=markup, image="https://images.invalid/a.png")
    page.reload()

    card(page, "a phone").get_by_role("link", name="Image: a.png").wait_for()
    assert shown(page, "a phone") == [markup]
    assert {url.split("/")[2] for url in asked} == {fcm.address}


def test_devices_are_filtered_by_platform_and_name(page: Any, fcm: EmulatorClient) -> None:
    fcm.register_device(new_fid(), "ios", label="Grace's iPhone")
    card(page, "Grace's iPhone").wait_for()

    page.get_by_label("Platform").first.select_option("iOS")
    assert page.get_by_role("article").count() == 1
    page.get_by_label("Platform").first.select_option("All")
    page.get_by_role("searchbox").fill("grace")
    assert page.get_by_role("article").count() == 1
    page.get_by_role("searchbox").fill("nobody")
    assert page.get_by_text("No device matches").is_visible()


def test_a_test_message_is_sent_from_the_form(page: Any, fcm: EmulatorClient) -> None:
    form = page.get_by_role("complementary", name="Send a test message")
    form.get_by_label("Title").fill("From the page")
    form.get_by_label("Data", exact=False).first.fill('{"orderId": "42"}')
    form.get_by_label("Tag").fill("t")
    for _ in range(2):
        form.get_by_role("button", name="Send").click()
        form.get_by_text("Accepted as").wait_for()

    (received, _) = fcm.wait_for(count=2)
    assert (received.shown or {})["title"] == "From the page"
    assert received.data == {"orderId": "42"}
    card(page, "a phone").get_by_text("From the page").wait_for()
    assert shown(page, "a phone") == ["From the page"]


def test_a_refused_message_says_why(page: Any, fcm: EmulatorClient) -> None:
    form = page.get_by_role("complementary", name="Send a test message")
    form.get_by_label("Write the message as JSON").check()
    form.get_by_label("Message", exact=True).fill('{"topic": "a b"}')
    form.get_by_role("button", name="Send").click()

    form.get_by_text("Request contains an invalid argument.").wait_for()
    form.get_by_label("Message", exact=True).fill("{")
    form.get_by_role("button", name="Send").click()
    form.get_by_text("Message: ").wait_for()
    assert fcm.messages() == []


def test_a_phone_goes_away_and_comes_back_by_keyboard(
    page: Any, fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    switch = card(page, "a phone").get_by_role("switch", name="Online")
    switch.focus()
    page.keyboard.press("Space")
    card(page, "a phone").get_by_text("Offline", exact=True).wait_for()
    assert switch.get_attribute("aria-checked") == "false"
    notify(sender, phone, title="While you were away")
    card(page, "a phone").get_by_text("Offline · 1 pending").wait_for()

    page.keyboard.press("Space")

    card(page, "a phone").get_by_text("While you were away").wait_for()
    assert switch.get_attribute("aria-checked") == "true"


def test_what_is_held_back_from_a_phone_that_is_there_is_counted(
    page: Any, fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.limit(collapsibleBurst=1)
    for title in ("one", "two"):
        notify(sender, phone, title=title)

    card(page, "a phone").get_by_text("1 pending", exact=True).wait_for()
    assert shown(page, "a phone") == ["one"]


def test_the_user_dismisses_one_and_clears_all(
    page: Any, fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    for title in ("one", "two", "three"):
        notify(sender, phone, title=title)
    card(page, "a phone").get_by_role("button", name="Dismiss two").click()
    card(page, "a phone").get_by_text("two").wait_for(state="detached")
    assert shown(page, "a phone") == ["three", "one"]

    card(page, "a phone").get_by_role("button", name="Clear").click()

    card(page, "a phone").get_by_text("No notifications").wait_for()
    assert fcm.tray(phone).notifications == ()


def test_the_history_tells_what_happened(page: Any, sender: Sender, phone: Target) -> None:
    card(page, "a phone").get_by_text("History").click()
    sender.send({"fid": phone.value, "data": {"only": "data"}})

    card(page, "a phone").get_by_text("Delivered").wait_for()
    card(page, "a phone").get_by_text("Message 1").click()
    sender.send({"fid": phone.value})
    card(page, "a phone").get_by_text("Message 2").wait_for()
    assert '"only": "data"' in card(page, "a phone").locator("pre").last.inner_text()


def test_a_device_is_added_and_removed(page: Any, fcm: EmulatorClient) -> None:
    page.get_by_role("button", name="Add device").click()
    dialog = page.get_by_role("dialog", name="Add a device")
    dialog.get_by_label("Name").fill("Grace's laptop")
    dialog.get_by_label("Platform").select_option("Web")
    page.keyboard.press("Enter")
    card(page, "Grace's laptop").wait_for()

    card(page, "Grace's laptop").get_by_role("button", name="Remove").click()

    card(page, "Grace's laptop").wait_for(state="detached")


def test_the_page_follows_a_reset_and_another_project(
    page: Any, fcm: EmulatorClient, phone: Target
) -> None:
    other = EmulatorClient(fcm.address, f"{fcm.project}-other")
    other.register_device(new_fid(), "web", label="elsewhere")
    fcm.reset()
    card(page, "a phone").wait_for(state="detached")
    fcm.register_device(phone, "android", label="again")
    card(page, "again").wait_for()

    option = page.locator(f'#project option[value="{other.project}"]')
    option.wait_for(state="attached")
    page.get_by_label("Project").select_option(other.project)

    card(page, "elsewhere").wait_for()
    assert page.get_by_role("article").count() == 1
    assert page.url.endswith(f"?project={other.project}")


def turn(page: Any, visibility: str) -> None:
    # Chromium without a window calls every page visible.
    page.evaluate(
        """(value) => {
            Object.defineProperty(document, "visibilityState", { value, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        visibility,
    )


def test_a_page_that_nobody_sees_keeps_no_connection_and_catches_up(
    page: Any, sender: Sender, phone: Target
) -> None:
    turn(page, "hidden")
    notify(sender, phone, title="Meanwhile")
    page.wait_for_timeout(500)
    assert shown(page, "a phone") == []

    turn(page, "visible")

    card(page, "a phone").get_by_text("Meanwhile").wait_for()
    notify(sender, phone, title="Live")
    card(page, "a phone").get_by_text("Live").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(
    page: Any, fcm: EmulatorClient, sender: Sender, phone: Target, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    notify(sender, phone, title="Hello", image="https://images.invalid/a.png")
    card(page, "a phone").get_by_text("Hello").wait_for()
    card(page, "a phone").get_by_text("History").click()
    card(page, "a phone").get_by_text("Message 1").click()
    fcm.go_offline(phone)
    card(page, "a phone").get_by_text("Offline", exact=True).wait_for()
    assert violations(page) == []

    page.get_by_role("button", name="Add device").click()
    assert violations(page) == []


def test_nothing_moves_for_who_asked_for_less_motion(
    page: Any, sender: Sender, phone: Target
) -> None:
    page.emulate_media(reduced_motion="reduce")
    notify(sender, phone, title="Hello")
    arrived = card(page, "a phone").locator(".notification")
    arrived.wait_for()

    assert arrived.evaluate("(element) => getComputedStyle(element).animationName") == "none"


def test_everything_is_reached_by_keyboard(page: Any, sender: Sender, phone: Target) -> None:
    notify(sender, phone, title="Hello")
    card(page, "a phone").get_by_text("Hello").wait_for()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))

    for part in (
        'id="project"',
        'role="switch"',
        "Dismiss Hello",
        "Clear",
        "<summary",
        'id="send"',
    ):
        assert any(part in element for element in reached), part
