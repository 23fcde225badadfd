"""Basic Access Control (Doc 9303-11, 4.3): a key from the MRZ opens the chip, and 3DES secure messaging follows."""

from hmac import compare_digest
from typing import Final

from devices.card_reader.apdu import OK
from devices.card_reader.api import CardAccessWrong, CardGarbled, CardUnsupported
from devices.card_reader.emrtd.access import MrzKey
from devices.card_reader.emrtd.command import Command, Send
from devices.card_reader.emrtd.suites import MAC_SIZE, Purpose, Random, SessionKeys, Suite

GET_CHALLENGE, EXTERNAL_AUTHENTICATE = 0x84, 0x82
NONCE_SIZE, SEED_SIZE = 8, 16
_CRYPTOGRAM_SIZE: Final = 2 * NONCE_SIZE + SEED_SIZE
_SUITE: Final = Suite.TRIPLE_DES


def open_chip(send: Send, key: MrzKey, random: Random) -> SessionKeys:
    """Authenticate both sides and return the session's keys. The application has been selected.

    Raises ``CardAccessWrong`` when the chip does not take the key, ``CardUnsupported`` when it takes none,
    ``CardGarbled`` when its own answer is wrong.
    """
    encryption, mac = (_SUITE.derive(key.bac_seed(), use) for use in (Purpose.ENCRYPTION, Purpose.MAC))
    challenge = send(Command(GET_CHALLENGE, 0, 0, expected=NONCE_SIZE))
    if challenge.sw != OK:
        raise CardUnsupported(f"no basic access control: {challenge.sw:04X}")
    if len(challenge.data) != NONCE_SIZE:
        raise CardGarbled("basic access control: challenge")
    nonce, own_seed = random(NONCE_SIZE), random(SEED_SIZE)
    hidden = _SUITE.encrypt(encryption, nonce + challenge.data + own_seed)
    proof = hidden + _SUITE.mac(mac, hidden)
    answer = send(Command(EXTERNAL_AUTHENTICATE, 0, 0, proof, expected=len(proof)))
    if answer.sw != OK:
        raise CardAccessWrong(f"basic access control: {answer.sw:04X}")
    hidden, check = answer.data[:_CRYPTOGRAM_SIZE], answer.data[_CRYPTOGRAM_SIZE:]
    if len(check) != MAC_SIZE or not compare_digest(_SUITE.mac(mac, hidden), check):
        raise CardGarbled("basic access control: MAC")
    opened = _SUITE.decrypt(encryption, hidden)
    if opened[: 2 * NONCE_SIZE] != challenge.data + nonce:
        raise CardGarbled("basic access control: nonces")
    seed = bytes(a ^ b for a, b in zip(own_seed, opened[2 * NONCE_SIZE :], strict=True))
    return SessionKeys.derived(_SUITE, seed, challenge.data[-4:] + nonce[-4:])
