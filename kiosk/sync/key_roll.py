"""Rolling the device key: made, announced, taken into use, confirmed. Killed between any two steps, it goes on later.

1. The next key is on disk. 2. The centre knows it; the present one still counts. 3. The identity file holds the next
key, and up to which envelope the former one signed: no process can close an envelope in between. 4. The centre saw the
new key at work, and takes nothing later from the former one. 5. The identity file says that this is done.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store
from kiosk.store.device_key import private_content
from kiosk.sync import enrolment, private_files
from kiosk.sync.client import CentreClient
from wire.key_roll import KeyInUse, announce
from wire.keys import key_id, signing_key

_NEXT = "next.key"


class KeyRoll:
    """The keys of one terminal, in its data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._next = data_dir / _NEXT

    def pending(self) -> bool:
        """Tell whether a roll was begun and not ended."""
        return self._next.exists() or enrolment.read(self._data_dir).former_last_sequence is not None

    async def roll(self, store: Store, client: CentreClient) -> str:
        """Roll the key, or end what was begun; return the present key's id. Raises CentreError, StoreError, OSError."""
        identity = enrolment.read(self._data_dir)
        if identity.former_last_sequence is None:
            key = self._next_key()
            public = key.public_key().public_bytes_raw()
            await client.announce_key(announce(identity.enrolment.terminal, public, key))
            store.exclusively(lambda last: enrolment.use_key(self._data_dir, key, last))
        return await self._end(store, client)

    async def _end(self, store: Store, client: CentreClient) -> str:
        identity = enrolment.read(self._data_dir)
        present = key_id(signing_key(identity.key).public_key().public_bytes_raw())
        if identity.former_last_sequence is not None:
            private_files.remove(self._next)  # it is the present one now
            await client.key_in_use(KeyInUse(last_sequence=identity.former_last_sequence))
            store.note_key_rolled(present)
            enrolment.forget_former(self._data_dir)
        return present

    def _next_key(self) -> Ed25519PrivateKey:
        """Return the key of a roll that was begun, or a new one, already on disk."""
        try:
            return signing_key(private_content(self._next))
        except (FileNotFoundError, ValueError):
            key = Ed25519PrivateKey.generate()
            private_files.replace(self._next, key.private_bytes_raw())
            return key
