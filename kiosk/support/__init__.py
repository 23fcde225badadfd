"""Support bundles: what a terminal may tell of itself. It admits what it knows the form of, and withholds the rest."""
