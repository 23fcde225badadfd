"""Updates of the terminal's software: fetched in the background, proven, applied at night, taken back by themselves."""
