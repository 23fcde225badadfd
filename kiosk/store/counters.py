"""Numbers without gaps: each is taken in the same transaction as the row that bears it."""

from kiosk.store.database import Transaction


def take(tx: Transaction, name: str) -> int:
    """Return the next number of a counter, from 1. It is free again when the transaction fails."""
    tx.run("INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", name)
    ((value,),) = tx.rows("SELECT value FROM counter WHERE name = ?", name)
    return int(value)
