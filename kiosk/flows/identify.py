"""Find out who the citizen is, from any card on any reader."""

from devices.card_reader.api import CardAccessWrong, CardReadError, CardRemoved, CardWantsAccess
from kiosk.cards import Card
from kiosk.flows.travel_document import ask_for_access
from kiosk.stage import Done, Identify, ReaderState, Step
from kiosk.travel_documents import KINDS, TravelDocuments
from kiosk.visit import Visit
from wire.identity import DocumentKind, Identity
from wire.problems import problem

_NOT_ACCEPTED = "card.not_accepted"


async def identify(visit: Visit, accepted: tuple[DocumentKind, ...], step: Step | None = None) -> Identity:
    """Return who the citizen is; without asking, when a card has said so before in this visit.

    A travel document's chip opens to what is printed on it, which is asked for where such a document is accepted. The
    citizen may lift the document to show it: it is read where it lies, or as soon as it lies there again.
    """
    if visit.identity is not None and visit.identity.document in accepted:
        return visit.identity
    travel = None if KINDS.isdisjoint(accepted) else visit.at.travel_documents
    try:
        return await _identify(visit, accepted, step, travel)
    finally:
        if travel is not None:
            travel.access.wipe()


async def _identify(
    visit: Visit, accepted: tuple[DocumentKind, ...], step: Step | None, travel: TravelDocuments | None
) -> Identity:
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
        card = min(fresh, key=lambda card: card.reader)
        try:
            identity = await _read(visit, Identify(accepted=accepted, reader=ReaderState.READING, step=step), card)
        except (CardWantsAccess, CardAccessWrong) as error:
            if travel is None:
                told = problem(_NOT_ACCEPTED)
                continue
            refused = travel.access.current()
            travel.access.wipe()
            wrong = problem(error.code) if isinstance(error, CardAccessWrong) else None
            travel.access.offer(await ask_for_access(visit, travel, wrong, step, refused))
            told = None
            tried -= {card}
            continue
        except CardReadError as error:
            told = problem(error.code)
            if travel is not None and not isinstance(error, CardRemoved):
                travel.access.wipe()
            continue
        if identity.document in accepted:
            visit.identity = identity
            return identity
        told = problem(_NOT_ACCEPTED)


async def _read(visit: Visit, view: Identify, card: Card) -> Identity:
    """Read a card while the screen says so. Back, pressed meanwhile, leaves it unread."""
    with visit.attention.working():
        while isinstance(said := await visit.show_until(view, visit.at.cards.read(card)), Done):
            continue
    return said
