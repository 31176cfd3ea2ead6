"""`GET /` and the files of the page, as plain HTTP."""

import re

import pytest

from fcm_emulator.tests.conftest import Sender

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_a_health_probe_gets_a_line_of_json(sender: Sender, headers: dict[str, str]) -> None:
    reply = sender.post(b"", method="GET", path="/", headers=headers)

    assert reply.http_status == 200
    assert reply.json["service"] == "fcm-emulator"
    assert reply.headers["vary"] == "Accept"


def test_a_browser_gets_a_page_that_asks_this_server_only(sender: Sender) -> None:
    reply = sender.post(b"", method="GET", path="/", headers=BROWSER)

    assert reply.http_status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert re.findall(rb"https?://[^ \"]*", reply.body) == []


def test_every_file_that_the_page_names_is_served(sender: Sender) -> None:
    page = sender.post(b"", method="GET", path="/", headers=BROWSER).body.decode()
    names = set(re.findall(r"/emulator/ui/[\w.]+", page))
    for name in [name for name in names if name.endswith(".js")]:
        script = sender.post(b"", method="GET", path=name, headers={}).body.decode()
        names |= {f"/emulator/ui/{part}" for part in re.findall(r'from "\./(.+)"', script)}

    replies = {name: sender.post(b"", method="GET", path=name, headers={}) for name in names}

    assert len(replies) > 6
    assert {reply.http_status for reply in replies.values()} == {200}
    assert {reply.headers["content-type"].partition(";")[0] for reply in replies.values()} == {
        "text/css",
        "text/javascript",
        "image/svg+xml",
    }


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fapp.py", "%2e%2e/app.py"])
def test_nothing_else_is_served(sender: Sender, name: str) -> None:
    reply = sender.post(b"", method="GET", path=f"/emulator/ui/{name}", headers={})

    assert reply.http_status == 404
