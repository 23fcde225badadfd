"""Rolling the device key: made, announced, taken into use, confirmed. Killed between any two steps, it goes on later.

1. The next key is on disk. 2. The centre knows it; the present one still counts. 3. The identity file holds the next
key, and up to which envelope the former one signed: no process can close an envelope in between. 4. The centre saw the
new key at work, and takes nothing later from the former one. 5. The identity file says that this is done.

One process rolls at a time: the sync process at the centre's command, or ``bianmin roll-key``. The other one waits,
and goes on from what is there then.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kiosk import private_files
from kiosk.store import Store
from kiosk.store.tpm import SealedKey, Tpm
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.new_key import new_key, opened
from wire.key_roll import KeyInUse, announce
from wire.keys import key_id

_NEXT = "next.key"
_LOCK = "next.key.lock"
_LOOK_S = 0.2


class KeyRoll:
    """The keys of one terminal, in its data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._next = data_dir / _NEXT

    def pending(self) -> bool:
        """Tell whether a roll was begun and not ended."""
        return self._next.exists() or enrolment.read(self._data_dir).former_last_sequence is not None

    async def roll(self, store: Store, client: CentreClient) -> str:
        """Roll the key, or end what was begun; return the present key's id.

        A sealed key is followed by a sealed one. Raises CentreError, StoreError, KeySealed, OSError.
        """
        async with self._alone():
            return await self._roll(store, client)

    async def _roll(self, store: Store, client: CentreClient) -> str:
        identity = enrolment.read(self._data_dir)
        if identity.former_last_sequence is None:
            tpm = Tpm.here() if isinstance(identity.key, SealedKey) else None
            key, stored = new_key(self._next, tpm)
            public = key.public_key().public_bytes_raw()
            await client.announce_key(announce(identity.enrolment.terminal, public, key))
            store.exclusively(lambda last: enrolment.use_key(self._data_dir, stored, last))
        return await self._end(store, client)

    async def _end(self, store: Store, client: CentreClient) -> str:
        identity = enrolment.read(self._data_dir)
        present = key_id(opened(identity.key).public_key().public_bytes_raw())
        if identity.former_last_sequence is not None:
            private_files.remove(self._next)  # it is the present one now
            await client.key_in_use(KeyInUse(last_sequence=identity.former_last_sequence))
            store.note_key_rolled(present)
            enrolment.forget_former(self._data_dir)
        return present

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold off another process that rolls; one that ends lets go by that."""
        descriptor = os.open(self._data_dir / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _locked(descriptor):  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(_LOOK_S)
            yield
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
