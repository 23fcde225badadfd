"""Fixtures that many tests share live in modules of their own, named here; so does how a run's workers share them."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures_camera",
    "tests.fixtures_cards",
    "tests.fixtures_centre",
    "tests.fixtures_printing",
    "tests.fixtures_scanner",
    "tests.fixtures_travel",
    "tests.shares",
]

# A busy machine is no finding: time limits are against hangs only, and those are pytest's. In a fresh clone the first
# text that hypothesis draws takes seconds, because it first makes its table of Unicode.
settings.register_profile("bianmin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bianmin")
