"""What Google bills for what is done, counted on the client's channel."""

from datetime import timedelta

import pytest

from tests.integration import bill_cases, billed
from tests.integration.bill import Bill, Meter, meter
from tests.integration.scene import Scene


@pytest.fixture
def counting(scene: Scene) -> Meter:
    """Count what the functions' client costs; the scene's own goes uncounted."""
    return meter(scene.services.store._client)


@pytest.mark.parametrize("case", bill_cases.ALL, ids=lambda case: case.title)
def test_case_costs_what_is_promised(scene: Scene, counting: Meter, case: billed.Case) -> None:
    bill = billed.bill_of(case, scene, counting)

    assert bill == case.bill


def test_what_was_read_a_moment_ago_is_not_read_again(scene: Scene, counting: Meter) -> None:
    now = scene.clock.now
    reference = scene.services.reference
    reference.runtime(now)
    reference.template("welcome", now)

    bills = [
        counting.bill_of(lambda: reference.runtime(now + timedelta(seconds=29))),
        counting.bill_of(lambda: reference.template("welcome", now + timedelta(seconds=299))),
    ]

    assert bills == [Bill(), Bill()]


def test_services_share_the_client_that_is_counted(scene: Scene) -> None:
    services = scene.services
    parts = (getattr(services, name) for name in type(services).__dataclass_fields__)
    clients = {id(part._client) for part in parts if hasattr(part, "_client")}

    assert len(clients) == 1


def test_refused_write_and_missing_document_are_counted_as_google_does(
    scene: Scene, counting: Meter
) -> None:
    store = scene.services.store
    scene.deliver({"body": "x"}, id="n1")
    found = store.read_delivery(scene.delivery_reference().id)
    assert found is not None
    delivery, _ = found

    refused = counting.bill_of(lambda: store.claim(delivery))
    missing = counting.bill_of(lambda: store.read_delivery("0" * 32))

    assert (refused, missing) == (Bill(), Bill(reads=1))
