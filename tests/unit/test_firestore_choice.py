"""The order in which a Firestore emulator is looked for, over the machines that people have."""

from dataclasses import replace

import pytest

from tools.firestore_choice import Machine, Source, candidates

EVERYTHING = Machine(
    binary="", java=21, hidane="/bin/hidane", npm="/bin/npm", rust_minor=88, linker="/bin/cc"
)
NOTHING = Machine(binary="", java=None, hidane="", npm="", rust_minor=None, linker="")


def test_sources_are_tried_in_the_documented_order() -> None:
    assert candidates(EVERYTHING) == (Source.OFFICIAL, Source.ON_PATH, Source.NPM, Source.CARGO)


def test_an_emulator_named_by_the_user_is_the_only_candidate() -> None:
    assert candidates(replace(EVERYTHING, binary="/opt/firestore.jar")) == (Source.GIVEN,)


def test_a_bare_machine_has_no_candidate() -> None:
    assert candidates(NOTHING) == ()


@pytest.mark.parametrize(
    ("machine", "source"),
    [
        pytest.param(replace(EVERYTHING, java=20), Source.OFFICIAL, id="java too old"),
        pytest.param(replace(EVERYTHING, java=None), Source.OFFICIAL, id="no java"),
        pytest.param(replace(EVERYTHING, hidane=""), Source.ON_PATH, id="no hidane"),
        pytest.param(replace(EVERYTHING, npm=""), Source.NPM, id="no npm"),
        pytest.param(replace(EVERYTHING, rust_minor=87), Source.CARGO, id="rust too old"),
        pytest.param(replace(EVERYTHING, rust_minor=None), Source.CARGO, id="no rust"),
        pytest.param(replace(EVERYTHING, linker=""), Source.CARGO, id="no linker"),
    ],
)
def test_what_the_machine_lacks_is_left_out(machine: Machine, source: Source) -> None:
    expected = {Source.OFFICIAL, Source.ON_PATH, Source.NPM, Source.CARGO} - {source}

    assert set(candidates(machine)) == expected


def test_facts_are_read_with_absent_ones_empty() -> None:
    facts = "binary=\njava=17\nhidane=\nnpm=/usr/bin/npm\nrust_minor=\nlinker=/usr/bin/cc\n"

    assert Machine.parse(facts) == Machine(
        binary="", java=17, hidane="", npm="/usr/bin/npm", rust_minor=None, linker="/usr/bin/cc"
    )
