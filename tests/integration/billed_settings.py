"""What it costs to bring a user's settings to where delivery reads them."""

from tests.integration.billed import Act, costs
from tests.integration.scene import Scene

LOCALE = {"locale": "pt-BR"}


@costs("settings changed", reads=1, writes=1)
def changed(scene: Scene) -> Act:
    before, after = scene.settings(LOCALE)
    return lambda: scene.settings_event(before, after)


@costs("settings changed, the event again", reads=1)
def repeated(scene: Scene) -> Act:
    before, after = scene.settings(LOCALE)
    scene.settings_event(before, after)
    return lambda: scene.settings_event(before, after)


@costs("settings: only inboxSeenAt changed")
def inbox_seen(scene: Scene) -> Act:
    before, after = scene.settings({"inboxSeenAt": scene.clock.now})
    return lambda: scene.settings_event(before, after)
