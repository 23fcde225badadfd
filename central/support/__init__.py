"""Support bundles: what terminals tell of themselves, asked for here, opened by administrators only."""
