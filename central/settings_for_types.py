"""The settings as mypy's Django plugin imports them: the data folder goes into mypy's cache. Nothing else uses this."""

import os

os.environ.setdefault("BIANMIN_CENTRE_DATA", ".mypy_cache/centre-data")

from central.settings import *  # noqa: F403 - the environment comes first
