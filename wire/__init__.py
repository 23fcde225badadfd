"""What a terminal and the centre say to each other: messages, sealing, signatures, version, problems."""
