"""The worked examples of ICAO Doc 9303-11, octet by octet: appendix D (BAC), F (active authentication), G (PACE)."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from devices.card_reader.apdu import Response
from devices.card_reader.api import CardAccessWrong, CardGarbled
from devices.card_reader.emrtd import active_authentication, bac, pace, security_infos
from devices.card_reader.emrtd.access import CardAccessNumber, MrzKey
from devices.card_reader.emrtd.command import Command, plain
from devices.card_reader.emrtd.curves import Curve, Point, curves
from devices.card_reader.emrtd.secure_messaging import LeftSecureMessaging, SecureMessaging
from devices.card_reader.emrtd.suites import Purpose, SessionKeys, Suite
from devices.mrz import key_of

D_KEY = MrzKey(key_of("L898902C", date(1969, 8, 6), date(1994, 6, 23)))
D_CHALLENGE = "00840000084608F919887022129000"
D_RANDOM = ("781723860C06C226", "0B795240CB7049B01C19B33E32804F0B")
D_SESSION = SessionKeys(
    Suite.TRIPLE_DES,
    bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"),
    bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8"),
    bytes.fromhex("887022120C06C226"),
)
D_EXTERNAL_AUTHENTICATE = (
    "0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28",
    "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000",
)
D_READING = (
    ("0CA4020C15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00", "99029000 8E08FA855A5D4C50A8ED 9000"),
    ("0CB000000D 970104 8E08ED6705417E96BA55 00", "8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000"),
    (
        "0CB000040D 970112 8E082EA28A70F3C7B535 00",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000 8E08C8B2787EAEA07D74 9000",
    ),
)

G_KEY = MrzKey(key_of("T22000129", date(1964, 8, 12), date(2010, 10, 31)))
G_CARD_ACCESS = bytes.fromhex("31143012060A04007F0007020204020202010202010D")
G_SECRETS = (
    0x7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99,
    0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595,
)
G_CHIP_SECRETS = (
    0x498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560,
    0x107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A,
)
G_MAP_TERMINAL = (
    "7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
    "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D"
)
G_MAP_CHIP = (
    "824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
    "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54"
)
G_MAP_SHARED = (
    "60332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5"
    "0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181"
)
G_GENERATOR = (
    "8CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2"
    "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
)
G_KEY_TERMINAL = (
    "2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
    "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462"
)
G_KEY_CHIP = (
    "9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
    "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
)
G_SHARED_X = "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925"
G_SPOKEN = (
    ("0022C1A412 800A04007F00070202040202 830101 84010D", "9000"),
    ("1086000002 7C00 00", "7C12 8010 95A3A016522EE98D01E76CB6B98B42C3 9000"),
    (f"1086000045 7C43 8141 04{G_MAP_TERMINAL} 00", f"7C43 8241 04{G_MAP_CHIP} 9000"),
    (f"1086000045 7C43 8341 04{G_KEY_TERMINAL} 00", f"7C43 8441 04{G_KEY_CHIP} 9000"),
    ("008600000C 7C0A 8508 C2B0BD78D94BA866 00", "7C0A 8608 3ABB9674BCE93C08 9000"),
)


class Script:
    """A chip that answers the commands of an example, each in its turn, and no others."""

    def __init__(self, *spoken: tuple[str, str]) -> None:
        self._spoken = iter(spoken)

    def transmit(self, apdu: bytes) -> bytes:
        command, answer = next(self._spoken)
        assert apdu.hex().upper() == command.replace(" ", "")
        return bytes.fromhex(answer)

    def done(self) -> bool:
        return next(self._spoken, None) is None


def drawn(*octets: bytes) -> Callable[[int], bytes]:
    """Return a source of these random numbers, in this order."""
    left: Iterator[bytes] = iter(octets)

    def random(size: int) -> bytes:
        given = next(left)
        assert len(given) == size
        return given

    return random


def point(octets: str) -> Point:
    return Point(int(octets[:64], 16), int(octets[64:], 16))


def test_d1_keys_of_a_seed() -> None:
    """D.1: the basic access keys of a seed, parity bits and all."""
    seed = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
    assert Suite.TRIPLE_DES.derive(seed, Purpose.ENCRYPTION).hex().upper() == "AB94FDECF2674FDFB9B391F85D7F76F2"
    assert Suite.TRIPLE_DES.derive(seed, Purpose.MAC).hex().upper() == "7962D9ECE03D1ACD4C76089DCE131543"


def test_d2_the_seed_of_an_mrz() -> None:
    """D.2: from number and dates to the seed."""
    assert D_KEY.text == "L898902C<369080619406236"
    assert D_KEY.bac_seed().hex().upper() == "239AB9CB282DAF66231DC5A4DF6BFBAE"


def test_d3_basic_access_control() -> None:
    """D.3: the spoken commands, and the session's keys and counter."""
    script = Script((D_CHALLENGE[:10], D_CHALLENGE[10:]), D_EXTERNAL_AUTHENTICATE)
    keys = bac.open_chip(plain(script.transmit), D_KEY, drawn(*map(bytes.fromhex, D_RANDOM)))
    assert keys == D_SESSION
    assert script.done()


def test_d4_secure_messaging() -> None:
    """D.4: EF.COM selected and read, each octet on the wire as printed."""
    script = Script(*D_READING)
    session = SecureMessaging(script.transmit, D_SESSION)
    assert session.send(Command(0xA4, 0x02, 0x0C, bytes.fromhex("011E"))) == Response(b"", 0x9000)
    assert session.send(Command(0xB0, 0, 0, expected=4)).data.hex().upper() == "60145F01"
    rest = session.send(Command(0xB0, 0, 4, expected=18))
    assert rest.data.hex().upper() == "04303130365F36063034303030305C026175"
    assert script.done()


@pytest.mark.parametrize("place", range(14))
def test_d4_any_octet_changed(place: int) -> None:
    """An answer that differs from the example's in one octet is not believed."""
    answer = bytearray.fromhex(D_READING[0][1])
    answer[place] ^= 1
    session = SecureMessaging(lambda _: bytes(answer), D_SESSION)
    with pytest.raises(CardGarbled):
        session.send(Command(0xA4, 0x02, 0x0C, bytes.fromhex("011E")))


def test_an_answer_in_the_clear() -> None:
    """A chip that drops out of secure messaging is told from one that refuses inside it."""
    session = SecureMessaging(lambda _: bytes.fromhex("6988"), D_SESSION)
    with pytest.raises(LeftSecureMessaging) as caught:
        session.send(Command(0xB0, 0, 0, expected=4))
    assert caught.value.sw == 0x6988


def test_d3_a_wrong_key() -> None:
    """A chip that refuses our proof means: wrong key; a chip whose proof is wrong: garbled."""
    refusing = Script((D_CHALLENGE[:10], D_CHALLENGE[10:]), (D_EXTERNAL_AUTHENTICATE[0], "6300"))
    with pytest.raises(CardAccessWrong):
        bac.open_chip(plain(refusing.transmit), D_KEY, drawn(*map(bytes.fromhex, D_RANDOM)))
    for changed in ("47", "00"):
        answer = changed + D_EXTERNAL_AUTHENTICATE[1][2:]
        lying = Script((D_CHALLENGE[:10], D_CHALLENGE[10:]), (D_EXTERNAL_AUTHENTICATE[0], answer))
        with pytest.raises(CardGarbled):
            bac.open_chip(plain(lying.transmit), D_KEY, drawn(*map(bytes.fromhex, D_RANDOM)))


F_CHALLENGE = bytes.fromhex("F173589974BF40C6")
F_RECOVERED = bytes.fromhex(
    "6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A"
    "1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E7292E2DCDA3024B47DA8"
    "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC"
)


def test_f1_active_authentication() -> None:
    """F.1: what the example's signature recovers proves the challenge; anything else in it, or asked, does not."""
    assert active_authentication.holds(F_RECOVERED, F_CHALLENGE)
    assert not active_authentication.holds(F_RECOVERED, bytes(8))
    for place in range(len(F_RECOVERED)):
        changed = F_RECOVERED[:place] + bytes((F_RECOVERED[place] ^ 0x10,)) + F_RECOVERED[place + 1 :]
        assert not active_authentication.holds(changed, F_CHALLENGE)


def test_g1_password() -> None:
    """G.1: from the MRZ to the password's key, and the decrypted nonce."""
    assert G_KEY.pace_seed().hex().upper() == "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"
    key = Suite.AES_128.derive(G_KEY.pace_seed(), Purpose.PACE_PASSWORD)
    assert key.hex().upper() == "89DED1B26624EC1E634C1989302849DD"
    nonce = Suite.AES_128.decrypt(key, bytes.fromhex("95A3A016522EE98D01E76CB6B98B42C3"))
    assert nonce.hex().upper() == "3F00C4D39D153F2B2A214A078D899B22"


def test_g1_card_access() -> None:
    """G.1: what the example's EF.CardAccess announces."""
    found = security_infos.parse(G_CARD_ACCESS)
    assert found.pace == (security_infos.Pace("0.4.0.127.0.7.2.2.4.2.2", Suite.AES_128, 13, curves()[13]),)
    assert not found.pace_unknown


def test_g1_mapping_from_both_sides() -> None:
    """G.1: the mapped generator and the shared secret, as terminal and chip compute them."""
    curve, nonce = curves()[13], bytes.fromhex("3F00C4D39D153F2B2A214A078D899B22")
    publics = (G_MAP_TERMINAL, G_MAP_CHIP), (G_KEY_TERMINAL, G_KEY_CHIP)
    for own, secrets in enumerate((G_SECRETS, G_CHIP_SECRETS)):
        assert curve.multiply(secrets[0], curve.generator) == point(publics[0][own])
        shared = curve.multiply(secrets[0], point(publics[0][1 - own]))
        assert shared == point(G_MAP_SHARED)
        mapped = pace.mapped_generator(curve, nonce, shared)
        assert mapped == point(G_GENERATOR)
        assert curve.multiply(secrets[1], mapped) == point(publics[1][own])
        assert curve.multiply(secrets[1], point(publics[1][1 - own])).x == int(G_SHARED_X, 16)


def _g1_random(curve: Curve) -> Callable[[int], bytes]:
    return drawn(*((secret - 1).to_bytes(curve.size + 8, "big") for secret in G_SECRETS))


def test_g1_pace() -> None:
    """G.1: the whole protocol, each octet on the wire as printed, and the session's keys."""
    script = Script(*G_SPOKEN)
    announced = security_infos.parse(G_CARD_ACCESS).pace[0]
    keys = pace.open_chip(plain(script.transmit), announced, G_KEY, _g1_random(announced.curve))
    assert script.done()
    assert keys.encryption.hex().upper() == "F5F0E35C0D7161EE6724EE513A0D9A7F"
    assert keys.mac.hex().upper() == "FE251C7858B356B24514B3BD5F4297D1"
    assert keys.counter == bytes(16)


def test_secure_messaging_after_g1() -> None:
    """The standard has no example with AES: octets on which other programs agree, which share nothing with this one."""
    script = Script(
        (
            "0CA4020C1D 871101EE0E4724F4465C1BE9C2F73ABDD73A3D 8E08835D1B54575C955F 00",
            "99029000 8E08BEA7B381C494A079 9000",
        ),
        ("0CB000000D 970104 8E08AA6BA54F44DF8364 00", "6988"),
    )
    keys = (bytes.fromhex("F5F0E35C0D7161EE6724EE513A0D9A7F"), bytes.fromhex("FE251C7858B356B24514B3BD5F4297D1"))
    session = SecureMessaging(script.transmit, SessionKeys(Suite.AES_128, *keys, bytes(16)))
    assert session.send(Command(0xA4, 0x02, 0x0C, bytes.fromhex("011E"))) == Response(b"", 0x9000)
    with pytest.raises(LeftSecureMessaging):
        session.send(Command(0xB0, 0, 0, expected=4))
    assert script.done()


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        (0, "6A80", pace.PaceRefused),
        (1, "6985", pace.PaceRefused),
        (2, "6A80", pace.PaceRefused),
        (3, "6300", pace.PaceRefused),
        (1, "7C12 8008 95A3A016522EE98D 9000", CardGarbled),
        (2, f"7C43 8241 04{G_MAP_CHIP[:-2]}55 9000", CardGarbled),
        (2, f"7C43 8241 02{G_MAP_CHIP} 9000", CardGarbled),
        (3, f"7C43 8441 04{G_KEY_TERMINAL} 9000", CardGarbled),
        (3, "7C00 9000", CardGarbled),
        (4, "6300", CardAccessWrong),
        (4, "63C2", CardAccessWrong),
        (4, "7C0A 8608 3ABB9674BCE93C09 9000", CardGarbled),
        (4, "6F00", pace.PaceRefused),
    ],
)
def test_g1_what_may_go_wrong(step: int, answer: str, error: type[Exception]) -> None:
    """Each step refused, cut, or answered with what a cheat would send."""
    spoken = [*G_SPOKEN[: step + 1]]
    spoken[step] = (spoken[step][0], answer)
    announced = security_infos.parse(G_CARD_ACCESS).pace[0]
    with pytest.raises(error):
        pace.open_chip(plain(Script(*spoken).transmit), announced, G_KEY, _g1_random(announced.curve))


def test_the_password_of_a_card_access_number() -> None:
    """9.7.3: the digits themselves are the seed; they stay out of reprs, as the MRZ's key does."""
    assert CardAccessNumber("123456").pace_seed() == b"123456"
    assert "123456" not in repr(CardAccessNumber("123456"))
    for no_number in ("", "12345a", "１２３４５６", "-12345"):
        with pytest.raises(CardAccessWrong):
            CardAccessNumber(no_number)
    assert "L898902C" not in repr(D_KEY)
    assert "979ec13b" not in repr(D_SESSION).lower()
