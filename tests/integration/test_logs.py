"""What the deployed functions write to their logs."""

import requests

from fcm_emulator.targets import Target, new_fid
from firebell.core import lifecycle
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.identity import sign_in
from tests.integration.scene import TEXT, Scene, complete


def test_logs_tell_what_happened_and_never_a_target_a_text_or_an_id_token(
    deployed: Scene, doors: Doors
) -> None:
    before = doors.logged()
    phones = [deployed.device(platform) for platform in ("android", "ios", "web")]
    unheard, malformed = new_fid(), Target(kind="legacyToken", value="not a target " + TEXT)
    deployed.emulator.unregister(phones[0].target)
    deployed.register(Target(kind="legacyToken", value="y" * 40), "android")
    id_token = sign_in(deployed.uid, project=doors.project, senderUntil=2**40)
    secrets = [TEXT, id_token, unheard.value, *(phone.target.value for phone in phones)]

    doors.created(deployed.inbox(complete(data={"note": TEXT})))
    doors.created(deployed.inbox(complete(title=[TEXT], link={"to": TEXT}), id="n2"))
    doors.created(deployed.inbox(complete(body=TEXT * 400), id="n3"))
    outbox = deployed.outbox({"uid": deployed.uid, "body": TEXT, "to": TEXT}, id=deployed.uid)
    doors.created(outbox, function="on_outbox_created")
    for target in (unheard, malformed):
        data = {"target": {"kind": target.kind, "value": target.value}, "platform": "ios"}
        doors.call("register_device", data, id_token)
        doors.call("register_device", data, f"{id_token}{target.value}")
    requests.post(
        f"{doors.url('api')}v1/notifications",
        json={"uid": TEXT, "notification": {"body": TEXT, "to": TEXT}},
        headers={"Authorization": f"Bearer {id_token}"},
        timeout=CALL_LIMIT_S,
    )

    said = doors.said(since=before)
    for id in ("n1", "n2", "n3"):
        assert lifecycle.delivery_id(deployed.uid, id) in said
    assert "device registered" in said
    assert "outbox document rejected" in said
    assert [secret for secret in secrets if secret in said] == []


def test_what_a_client_puts_in_the_wrong_place_is_not_logged(deployed: Scene, doors: Doors) -> None:
    before = doors.logged()
    target = new_fid().value
    id_token = sign_in(deployed.uid, project=doors.project)
    deployed.secrets.extend((target, id_token))
    url = doors.url("register_device")
    bodies = [
        {"data": {}, "target": target},
        {"target": target},
        [target],
        {"data": {}, target: 1},
    ]
    headers = [
        {"Authorization": f"Bearer {target}"},
        {"Authorization": f"Bearer {id_token}.{target}"},
        {"Authorization": f"Bearer {id_token} {target}"},
        {"Authorization": f"Basic {target}"},
        {"Content-Type": f"text/{target}"},
    ]

    for body in bodies:
        requests.post(url, json=body, timeout=CALL_LIMIT_S)
    for header in headers:
        requests.post(url, json={"data": {}}, headers=header, timeout=CALL_LIMIT_S)
    requests.request(target.upper(), url, timeout=CALL_LIMIT_S)

    said = doors.said(since=before)
    assert "Request body has extra fields" in said
    assert "Error validating token: InvalidIdTokenError" in said
    assert "Request has incorrect Content-Type" in said
