"""What the Help button shows, over whatever is shown: who helps, and that nothing is lost meanwhile."""

from screens.overlay import Overlay
from screens.widgets.kv import load_beside

load_beside(__file__)


class HelpOverlay(Overlay):
    """Who can be asked. ``on_main``: the citizen goes on."""
