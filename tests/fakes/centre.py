"""A centre in memory, whose line can be cut: what the flows ask on the spot."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from kiosk.sync.errors import CentreRefused, CentreUnreachable
from kiosk.visit import Order
from wire.case import CaseView
from wire.identity import Identity
from wire.messages import CertificateReply


@dataclass
class FakeCentre:
    """``problem``: why the next certificates are refused. ``cases``: by number, token and end of the ID number.

    A certificate is made at once and answered after ``takes_s``: cut in between, its answer is lost.
    """

    up: bool = True
    problem: str | None = None
    cases: dict[tuple[str, str], CaseView] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    takes_s: float = 0.5
    fails_with: Exception | None = None

    async def reachable(self) -> bool:
        await asyncio.sleep(0.05)
        return self.up

    def order_certificate(self, item: str, applicant: Identity, answers: dict[str, Any]) -> Order:
        made: list[CertificateReply] = []

        async def order() -> CertificateReply:
            if self.up and not made:
                self.asked.append((item, applicant.id_number, dict(answers)))
                made.append(self._make())
            await self._line()
            return made[0]

        return order

    def _make(self) -> CertificateReply:
        if self.problem is not None:
            return CertificateReply(problem=self.problem)
        serial = f"DL-{len(self.asked):04}"
        return CertificateReply(serial=serial, pdf=b"%PDF-certificate", pages=1, verification="https://x/v#")

    async def case(self, case_number: str, *, token: str | None = None, id_number_end: str | None = None) -> CaseView:
        await self._line()
        view = self.cases.get((case_number, token or id_number_end or ""))
        if view is None:
            raise CentreRefused("centre.case_not_found", 404)
        return view

    async def _line(self) -> None:
        await asyncio.sleep(self.takes_s)
        if self.fails_with is not None:
            raise self.fails_with
        if not self.up:
            raise CentreUnreachable("no line")
