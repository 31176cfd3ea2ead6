"""The SDKs' programs, each installed or skipped by itself, and the scene they act in."""

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
from firebase_admin import messaging

from fcm_emulator import redirect
from fcm_emulator.client import EmulatorClient
from fcm_emulator.tests.sdk.stage import Stage, need, need_wish, set_stage

HERE = Path(__file__).parent

# Runs one part of an SDK's program on the stage: "sends" or "topics".
Act = Callable[[str], Any]
# As asyncio.run, for the SDK.
Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture(name="stage")
def _stage(fcm: EmulatorClient) -> Stage:
    return set_stage(fcm)


@pytest.fixture(name="app")
def _app(fcm: EmulatorClient) -> Iterator[firebase_admin.App]:
    options = {"projectId": fcm.project}
    app = firebase_admin.initialize_app(redirect.credential(), options, name=fcm.project)
    with redirect.redirected(fcm.address):
        yield app
    firebase_admin.delete_app(app)


@pytest.fixture(name="run_async")
def _run_async(app: firebase_admin.App) -> Run:
    async def run_and_close(work: Awaitable[Any]) -> Any:
        try:
            return await work
        finally:
            # firebase-admin 7.7.0 would close its connections in another event loop than theirs.
            await messaging._get_messaging_service(app)._async_client.aclose()

    return lambda work: asyncio.run(run_and_close(work))


@pytest.fixture(name="node", scope="session")
def _node() -> list[str]:
    need("Node with npm", bool(shutil.which("node") and shutil.which("npm")))
    installed = HERE / "node" / "node_modules" / ".package-lock.json"
    wanted = HERE / "node" / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        install = ["npm", "ci", "--ignore-scripts", "--prefer-offline", "--loglevel=error"]
        subprocess.run(install, cwd=wanted.parent, check=True, capture_output=True, timeout=300)
    return ["node", "--require", str(redirect.NODE_HELPER)]


@pytest.fixture(name="act_node")
def _act_node(node: list[str], stage: Stage) -> Act:
    return lambda part: stage.run([*node, "send.cjs", part], HERE / "node")


@pytest.fixture(name="act_go")
def _act_go(stage: Stage) -> Act:
    need_wish("FCM_SDK_GO", "Go")
    need("Go", shutil.which("go") is not None)
    return lambda part: stage.run(["go", "run", ".", part], HERE / "go")


@pytest.fixture(name="act_java")
def _act_java(stage: Stage) -> Act:
    need_wish("FCM_SDK_JAVA", "Java")
    need("Java with Maven", bool(shutil.which("javac") and shutil.which("mvn")))
    maven = ["mvn", "--batch-mode", "--quiet", "compile", "exec:java"]
    return lambda part: stage.run([*maven, f"-Dexec.args={part}"], HERE / "java")
