"""The sender over real sockets: order, concurrency, refused access, odd targets."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from fcm_emulator.targets import Target, new_fid, new_legacy_token
from firebell.access import StaticAccess
from firebell.config import Settings
from firebell.errors import Unavailable
from firebell.fcm import Fcm
from tests.integration.pushes import numbered, push
from tests.integration.scene import Scene


@dataclass(slots=True)
class CountingAccess:
    """Bearers that are asked for one by one: the first ones, then *after*."""

    first: str
    after: str = "valid"
    renewals: list[str] = field(default_factory=list)

    def bearer(self) -> str:
        return self.first

    def renew(self, refused: str) -> str:
        self.renewals.append(refused)
        return self.after


def test_replies_come_in_order_of_five_hundred_pushes(scene: Scene) -> None:
    pushes = numbered(500, scene.emulator)

    replies = scene.services.fcm.send(pushes)

    names = [json.loads(reply.body)["name"] for reply in replies]
    by_name = {m.name: m.message["data"]["number"] for m in scene.emulator.messages()}
    assert [by_name[name] for name in names] == [str(number) for number in range(500)]


def test_batch_of_any_size_goes_out_whole(scene: Scene) -> None:
    pushes = numbered(1_200, scene.emulator)

    replies = scene.services.fcm.send(pushes)

    assert [reply.status for reply in replies] == [200] * 1_200
    numbers = [m.message["data"]["number"] for m in scene.emulator.messages()]
    assert sorted(numbers, key=int) == [str(number) for number in range(1_200)]


def test_nothing_to_send_is_no_fault(scene: Scene) -> None:
    assert scene.services.fcm.send([]) == []


def test_many_threads_share_one_sender(scene: Scene) -> None:
    batches = [numbered(10, scene.emulator) for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(scene.services.fcm.send, batches))

    assert {reply.status for batch in replies for reply in batch} == {200}
    assert len(scene.emulator.messages()) == 160


def test_refused_access_is_renewed_once(settings: Settings, scene: Scene) -> None:
    access = CountingAccess(first="")
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=access,
    )
    pushes = numbered(5, scene.emulator)

    replies = sender.send(pushes)

    assert [reply.status for reply in replies] == [200] * 5
    assert access.renewals == [""]


def test_access_refused_twice_is_told_and_not_asked_for_again(
    settings: Settings, scene: Scene
) -> None:
    access = CountingAccess(first="", after="")
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=access,
    )

    replies = sender.send(numbered(2, scene.emulator))

    assert [reply.status for reply in replies] == [401, 401]
    assert access.renewals == [""]


def test_refused_keys_of_apple_are_no_reason_to_renew_access(
    settings: Settings, scene: Scene
) -> None:
    access = CountingAccess(first="valid")
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=access,
    )
    scene.emulator.fault("THIRD_PARTY_AUTH_ERROR")

    (reply,) = sender.send(numbered(1, scene.emulator))

    assert reply.status == 401
    assert access.renewals == []


class NoAccess(StaticAccess):
    """Google's token service, down."""

    def bearer(self) -> str:
        raise Unavailable("Google's token service")


def test_access_that_cannot_be_had_is_a_fault(settings: Settings) -> None:
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=NoAccess(""),
    )

    (reply,) = sender.send([push(new_fid())])

    assert (reply.status, reply.fault) == (0, "NO_ACCESS_TOKEN")


class NoRenewal(StaticAccess):
    """Google's token service, down since the first access token."""

    def renew(self, refused: str) -> str:
        raise Unavailable("Google's token service")


def test_failed_renewal_repeats_nothing_that_was_accepted(settings: Settings, scene: Scene) -> None:
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=NoRenewal("valid"),
    )
    accepted, refused = numbered(2, scene.emulator)
    target = Target(kind="fid", value=refused.target.value)
    scene.emulator.fault("ACCESS_TOKEN_EXPIRED", target=target)

    replies = sender.send([accepted, refused])

    assert [(reply.status, reply.fault) for reply in replies] == [
        (200, None),
        (0, "NO_ACCESS_TOKEN"),
    ]


@pytest.mark.parametrize(
    "value", ['a"b', "a\\b", "a\nb", "é🎉", '","fid":"', "\u2028", "'"], ids=ascii
)
def test_odd_target_arrives_as_it_is(scene: Scene, value: str) -> None:
    odd = Target(kind="legacyToken", value=value)
    # Only a target that arrives unchanged meets its fault; none other answers so.
    scene.emulator.fault("INTERNAL", target=odd)

    (reply,) = scene.services.fcm.send([push(odd)])

    assert reply.status == 500


def test_retry_after_is_handed_on(scene: Scene) -> None:
    scene.emulator.fault("UNAVAILABLE", retry_after_s=17)

    (reply,) = scene.services.fcm.send([push(new_legacy_token())])

    assert (reply.status, reply.retry_after) == (503, "17")
