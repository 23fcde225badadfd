"""Power cuts under the real store on a real ext4: a recorded machine, and replays of parts of what it wrote."""
