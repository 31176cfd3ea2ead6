"""What devices show, as their owners see it: repeats replace, so a screen tells what came twice."""

from fcm_emulator.targets import new_fid
from tests.integration.scene import Phone, Scene


def phones_of_each_platform(scene: Scene) -> list[Phone]:
    """Register an Android phone, an iPhone and a browser that runs Firebell's worker."""
    browser = new_fid()
    scene.emulator.register_device(browser, "web", worker_data_key="firebell")
    return [scene.device("android"), scene.device("ios"), scene.register(browser, "web")]


def texts_on_screen(scene: Scene, phone: Phone) -> list[str | None]:
    """Return what *phone* shows, newest first."""
    return [shown.body for shown in scene.emulator.tray(phone.target).notifications]


def accepted(scene: Scene, phone: Phone) -> int:
    """Return how many messages FCM accepted for *phone*."""
    return len(scene.emulator.messages(phone.target))
