"""Find out who the citizen is, from any card on any reader."""

from devices.card_reader.api import CardReadError
from kiosk.cards import Card
from kiosk.stage import Done, Identify, ReaderState, Step
from kiosk.visit import Visit
from wire.identity import DocumentKind, Identity
from wire.problems import problem

_NOT_ACCEPTED = "card.not_accepted"


async def identify(visit: Visit, accepted: tuple[DocumentKind, ...], step: Step | None = None) -> Identity:
    """Return who the citizen is; without asking, when a card has said so before in this visit."""
    if visit.identity is not None and visit.identity.document in accepted:
        return visit.identity
    cards, tried = visit.at.cards, visit.not_theirs
    told = None if visit.identity is None else problem(_NOT_ACCEPTED)
    if visit.identity is not None:
        tried |= cards.lying()
    elif cards.lying() & tried:
        told = problem("card.left_behind")
    while True:
        statuses = cards.statuses
        fresh = cards.lying() - tried
        if not fresh:
            state = ReaderState.MISSING if cards.missing else ReaderState.WAITING
            view = Identify(accepted=accepted, reader=state, problem=told, step=step)
            await visit.show_until(view, cards.changed(statuses))
            continue
        tried |= fresh
        visit.tried |= fresh
        try:
            identity = await _read(visit, Identify(accepted=accepted, reader=ReaderState.READING, step=step), fresh)
        except CardReadError as error:
            told = problem(error.code)
            continue
        if identity.document in accepted:
            visit.identity = identity
            return identity
        told = problem(_NOT_ACCEPTED)


async def _read(visit: Visit, view: Identify, cards: frozenset[Card]) -> Identity:
    """Read a card while the screen says so. Back, pressed meanwhile, leaves it unread."""
    card = min(cards, key=lambda card: card.reader)
    with visit.attention.working():
        while isinstance(said := await visit.show_until(view, visit.at.cards.read(card)), Done):
            continue
    return said
