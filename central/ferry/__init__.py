"""Ferry files at the centre: exports of terminals come in, answers go out."""
