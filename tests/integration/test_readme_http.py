"""The README's ways of sending over HTTP, copied out of it and run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from firebell import config, http, services
from tests.contract import markdown
from tests.contract.markdown import ROOT
from tests.contract.needs import need_file
from tests.integration import api, issuer
from tests.integration.doors import free_port
from tests.integration.issuer import ACCOUNT, Issuer
from tests.integration.scene import Scene, build
from tools import servers

README = (ROOT / "README.md").read_text()
LIMIT_S = 60
ACCOUNT_WAY, USER_WAY, SEND = range(3)
"""Which of a language's blocks is which."""
WAYS = {"as a service account": ACCOUNT_WAY, "as a user": USER_WAY}

PYTHON_BEFORE = """
import firebase_admin
firebase_admin.initialize_app()
WEB_API_KEY = "any"
"""
JS_BEFORE = """
import {{ initializeApp }} from "firebase/app";
import {{ connectAuthEmulator, getAuth as auth }} from "firebase/auth";
initializeApp({{ apiKey: "any", projectId: "{project}" }});
connectAuthEmulator(auth(), "http://{auth}", {{ disableWarnings: true }});
const customToken = {custom_token};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who copies: where the hosts of the README are here."""

    scene: Scene
    google: Issuer
    address: str
    folder: Path

    def copied(self, block: str) -> str:
        """Return *block* with the hosts of this machine."""
        auth = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
        for there, here in {
            "https://YOUR-PROJECT.web.app": f"http://{self.address}",
            "https://identitytoolkit": f"http://{auth}/identitytoolkit",
            "metadata.google.internal": self.google.host,
        }.items():
            block = block.replace(there, here)
        return block

    def run(self, command: list[str | Path], **environment: str) -> None:
        """Run *command* as on a machine of Google's, and see it end well."""
        done = subprocess.run(
            command,
            env={
                **os.environ,
                "GOOGLE_CLOUD_PROJECT": servers.PROJECT,
                "GCE_METADATA_HOST": self.google.host,
                "GCE_METADATA_IP": self.google.host,
                **environment,
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def reader(
    scene: Scene, addresses: Mapping[str, str], secrets: list[str], tmp_path: Path
) -> Iterator[Reader]:
    """Serve the API by the settings that a deployment with a listed account has."""
    address = f"127.0.0.1:{free_port()}"
    with issuer.serve(Issuer(issuer.new_key("key-1"))) as google:
        settings = config.read(
            {
                **addresses,
                "GCLOUD_PROJECT": scene.client.project,
                "FUNCTIONS_EMULATOR": "true",
                "SENDER_ACCOUNTS": ACCOUNT,
                "AUDIENCES": f"http://{address}",
                "GOOGLE_CERTS_EMULATOR_HOST": google.host,
            }
        )
        host, _, port = address.partition(":")
        app = http.create_app(services.build(settings))
        server = make_server(host, int(port), app, threaded=True)
        Thread(target=server.serve_forever, args=(issuer.POLL_S,), daemon=True).start()
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
        own = build(settings, "17", secrets)
        yield Reader(scene=own, google=google, address=address, folder=tmp_path)
        server.shutdown()
        server.server_close()


def blocks(language: str) -> list[str]:
    section = README.partition("## Send over HTTP\n")[2].partition("\n## ")[0]
    found = markdown.blocks(section, language)
    assert len(found) == 3
    return found


def custom_token() -> str:
    """Return what Django's endpoint gives a sender, as it is beside the Auth emulator."""
    claims = {"senderUntil": 2**40}
    return issuer.unsigned(
        {
            "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1"
            ".IdentityToolkit",
            "uid": "orders",
            "claims": claims,
        }
    )


def assert_sent(reader: Reader, way: int) -> None:
    (document,) = api.outbox(reader.scene).values()
    assert document["title"] == "Shipped"
    is_account = issuer.METADATA in reader.google.asked
    assert is_account == (way == ACCOUNT_WAY)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_python_sends(reader: Reader, way: int) -> None:
    shown = blocks("python")
    program = "\n".join([PYTHON_BEFORE, reader.copied(shown[way]), reader.copied(shown[SEND])])

    reader.run([sys.executable, "-c", program])

    assert_sent(reader, way)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_curl_sends(reader: Reader, way: int) -> None:
    need_file(Path(shutil.which("curl") or "curl"), "install curl 7.76 or newer")
    shown = blocks("bash")
    script = "\n".join(["set -e", reader.copied(shown[way]), reader.copied(shown[SEND])])

    reader.run(["bash", "-c", script], WEB_API_KEY="any", CUSTOM_TOKEN=custom_token())

    assert_sent(reader, way)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_javascript_sends(reader: Reader, way: int) -> None:
    shown = blocks("js")
    before = JS_BEFORE.format(
        project=servers.PROJECT,
        auth=os.environ["FIREBASE_AUTH_EMULATOR_HOST"],
        custom_token=json.dumps(custom_token()),
    )
    parts = [before if way == USER_WAY else "", *(reader.copied(shown[n]) for n in (way, SEND))]
    program = reader.folder / "send.mjs"
    program.write_text("\n".join([*parts, "process.exit(0);"]))

    reader.run(["node", program])

    assert_sent(reader, way)
