"""Setting a terminal up: the first start, and those of its steps that a technician comes back to later."""
