"""A company on the real Asterisk: three people with phones."""

from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from tests.factories.rows import Employee, add_customer, add_employee
from tests.phones.baresip import BaresipPhone
from tests.phones.phone import SippPhone
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Company:
    """Three people of one customer: 101, 102 and 103."""

    stack: Stack
    alice: Employee
    bob: Employee
    carol: Employee

    def sipp(self, who: Employee, folder: Path) -> SippPhone:
        """A phone of exact signalling, not yet registered."""
        return SippPhone(self.stack.sip, folder, who.account, name=f"p{who.number}")

    def baresip(self, who: Employee, folder: Path, *, tone: float) -> BaresipPhone:
        """A phone with sound."""
        return BaresipPhone(self.stack.sip, folder, who.account, tone=tone)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(stack: Stack) -> Company:
    scope = await add_customer(stack.database, "phones")
    people = [await add_employee(stack.database, scope, number) for number in ("101", "102", "103")]
    return Company(stack, *people)
