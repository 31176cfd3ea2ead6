"""Export and erasure know every collection: of the code, of the rules, of the indexes."""

import ast
import json
from pathlib import Path

import pytest

from firebell.core import holdings, schema
from firebell.core.holdings import HOLDINGS, LISTED, SINGLE
from tests.contract.markdown import ROOT, first_column
from tests.contract.test_names import RULES, collections_of

SPEC = json.loads((ROOT / "firestore.indexes.json").read_text())
FILES = sorted([*ROOT.glob("functions/firebell/**/*.py"), *ROOT.glob("tools/operation/*.py")])
PRIVACY = (ROOT / "docs/privacy.md").read_text()
DECLARED = {holding.collection for holding in HOLDINGS}
ASKS = {"collection", "collection_group", "document"}


def constants_of(source: str) -> set[str]:
    """Return the text constants above the first function-free limit of schema.py: collections."""
    head, _, _ = source.partition("\nOWNER_FIELDS")
    names = {
        node.target.id: node.value.value
        for node in ast.parse(head).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    return set(names.values()) - {schema.RUNTIME}


def asked_for(source: str) -> set[str]:
    """Return the collections that calls in *source* name, by a constant of schema or as text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ASKS
        ):
            continue
        for argument in node.args:
            match argument:
                case ast.Attribute(value=ast.Name(id="schema"), attr=name):
                    found.add(str(getattr(schema, name)))
                case ast.Constant(value=str(text)):
                    found.update(text.split("/")[::2])
    return found - {schema.RUNTIME}


def test_collections_of_the_schema_are_all_declared() -> None:
    assert constants_of(Path(str(schema.__file__)).read_text()) == DECLARED


def test_collections_of_the_rules_are_all_declared() -> None:
    assert collections_of(RULES) - DECLARED == set()


def test_collections_of_the_indexes_are_all_declared() -> None:
    named = {entry["collectionGroup"] for kind in SPEC.values() for entry in kind}

    assert named - DECLARED == set()


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_collections_that_code_asks_for_are_all_declared(file: Path) -> None:
    assert asked_for(file.read_text()) - DECLARED == set()


def test_collection_nobody_declared_is_found() -> None:
    source = 'db.collection(schema.INBOX); db.document("secrets/ada"); db.collection("diaries")\n'

    assert asked_for(source) == {schema.INBOX, "secrets", "diaries"}
    assert constants_of('DIARIES: Final = "diaries"\n\nOWNER_FIELDS: Final = 1\n') == {"diaries"}


def test_each_collection_is_declared_once() -> None:
    assert len(DECLARED) == len(HOLDINGS)


def test_whatever_holds_a_uid_is_exported() -> None:
    holding_one = {holding.collection for holding in HOLDINGS if holding.place != "nowhere"}

    assert {holding.collection for holding in (*SINGLE, *LISTED)} == holding_one
    assert len({holding.name for holding in (*SINGLE, *LISTED)}) == len(holding_one)


def test_only_what_tells_of_the_erasure_outlives_it() -> None:
    staying = {
        holding.collection
        for holding in HOLDINGS
        if holding.place != "nowhere" and holding.fate != "deleted"
    }

    assert staying == {schema.RECIPIENTS, schema.TOMBSTONES}


def test_field_is_named_where_the_uid_is_in_one() -> None:
    assert {bool(holding.field) == (holding.place == "field") for holding in HOLDINGS} == {True}


def test_what_makes_documents_elsewhere_is_erased_first() -> None:
    assert HOLDINGS[0].collection == schema.OUTBOX


def test_privacy_page_tells_of_every_collection_that_holds_a_uid() -> None:
    told = first_column(PRIVACY, "collection")

    assert told == {holding.collection for holding in (*SINGLE, *LISTED)}


def test_privacy_page_tells_how_long_an_erased_uid_is_remembered() -> None:
    assert f"{schema.TOMBSTONE_LIFE_S // 86_400} days" in PRIVACY
    assert holdings.HOLDINGS
