"""https beside http, with certificates made on the first start."""

import json
import os
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pycurl
import pytest
from cryptography import x509

from fcm_emulator import certificates
from fcm_emulator.client import EmulatorClient
from fcm_emulator.pytest_plugin import free_port, start_emulator, stop_emulator
from fcm_emulator.targets import new_fid


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    plain: str
    tls_port: int
    authority: Path

    def send(self, host: str, *, version: int, **options: Any) -> tuple[int, int, bytes]:
        client = EmulatorClient(self.plain, "demo-tls")
        fid = new_fid()
        client.register_device(fid, "android")
        handle, answer = pycurl.Curl(), bytearray()
        handle.setopt(
            pycurl.URL, f"https://{host}:{self.tls_port}/v1/projects/demo-tls/messages:send"
        )
        handle.setopt(pycurl.RESOLVE, [f"{host}:{self.tls_port}:127.0.0.1"])
        handle.setopt(pycurl.CAINFO, str(self.authority))
        handle.setopt(pycurl.HTTP_VERSION, version)
        handle.setopt(
            pycurl.HTTPHEADER, ["Authorization: Bearer x", "Content-Type: application/json"]
        )
        handle.setopt(pycurl.POSTFIELDS, json.dumps({"message": {"fid": fid.value}}))
        handle.setopt(pycurl.WRITEFUNCTION, answer.extend)
        for name, value in options.items():
            handle.setopt(getattr(pycurl, name), value)
        handle.perform()
        spoken = handle.getinfo(pycurl.INFO_HTTP_VERSION)
        assert len(client.messages(fid)) == 1
        return handle.getinfo(pycurl.RESPONSE_CODE), spoken, bytes(answer)


@pytest.fixture(name="both", scope="module")
def _both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    state = tmp_path_factory.mktemp("state")
    port = free_port()
    process, address = start_emulator("--tls-port", str(port), "--state-dir", str(state))
    yield Both(plain=address, tls_port=port, authority=state / "tls" / "authority.pem")
    stop_emulator(process)


@pytest.mark.parametrize(
    ("version", "spoken"),
    [
        pytest.param(pycurl.CURL_HTTP_VERSION_2TLS, pycurl.CURL_HTTP_VERSION_2_0, id="http2"),
        pytest.param(pycurl.CURL_HTTP_VERSION_1_1, pycurl.CURL_HTTP_VERSION_1_1, id="http1.1"),
    ],
)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "fcm.googleapis.com"])
def test_alpn_chooses_the_protocol_under_every_name(
    both: Both, host: str, version: int, spoken: int
) -> None:
    http_status, used, answer = both.send(host, version=version)

    assert (http_status, used) == (200, spoken)
    assert json.loads(answer)["name"].startswith("projects/demo-tls/messages/")


def test_tls_1_2_is_still_taken(both: Both) -> None:
    only = {"SSLVERSION": pycurl.SSLVERSION_TLSv1_2 | pycurl.SSLVERSION_MAX_TLSv1_2}

    assert both.send("localhost", version=pycurl.CURL_HTTP_VERSION_2TLS, **only)[0] == 200


def test_a_name_that_is_not_ours_is_refused(both: Both) -> None:
    with pytest.raises(pycurl.error) as caught:
        both.send("accounts.google.com", version=pycurl.CURL_HTTP_VERSION_2TLS)

    assert caught.value.args[0] == pycurl.E_PEER_FAILED_VERIFICATION


def test_the_start_says_where_the_authority_is(tmp_path: Path) -> None:
    options = ("--tls-port", str(free_port()))
    process, address = start_emulator(*options, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)})
    process.terminate()
    output, problems = process.communicate(timeout=10)

    authority = tmp_path / "fcm-emulator" / "tls" / "authority.pem"
    assert output == (
        f"FCM emulator's certificate authority: {authority}\n"
        f"FCM emulator on http://{address}\n"
        f"FCM emulator on https://127.0.0.1:{options[1]}\n"
    )
    assert problems == ""
    ssl.create_default_context(cafile=str(authority))


def test_a_busy_tls_port_is_named(both: Both, tmp_path: Path) -> None:
    options = ["--tls-port", str(both.tls_port), "--state-dir", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "fcm_emulator", "--port", str(free_port()), *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert "--tls-port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_key_is_for_its_owner_alone_and_the_authority_has_none(tmp_path: Path) -> None:
    made = certificates.ensure(tmp_path)

    assert stat.S_IMODE(made.server_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.server_key.parent.stat().st_mode) == 0o700
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == [
        "authority.pem",
        "server.key",
        "server.pem",
        "tls",
    ]


def test_certificates_are_kept_while_they_hold(tmp_path: Path) -> None:
    first = certificates.ensure(tmp_path).authority.read_bytes()

    assert certificates.ensure(tmp_path).authority.read_bytes() == first


@pytest.mark.parametrize("damage", ["authority.pem", "server.pem", "server.key"])
def test_what_is_lost_is_made_again(tmp_path: Path, damage: str) -> None:
    made = certificates.ensure(tmp_path)
    before = made.server.read_bytes()
    (tmp_path / "tls" / damage).unlink()

    assert certificates.ensure(tmp_path).server.read_bytes() != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["tls"]


def test_apple_takes_the_validity(tmp_path: Path) -> None:
    made = certificates.ensure(tmp_path)
    certificate = x509.load_pem_x509_certificate(made.server.read_bytes())

    validity = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert validity <= timedelta(days=825)
    assert certificate.not_valid_before_utc < datetime.now(UTC)


def test_first_starts_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: certificates.ensure(tmp_path), range(8)))

    made = certificates.ensure(tmp_path)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.server, made.server_key)
    assert [entry.name for entry in tmp_path.iterdir()] == ["tls"]
