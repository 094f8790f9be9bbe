"""Builds the services of the API over one database; the web part of the composition root."""

from argon2 import PasswordHasher

from orchestrator.audit.service import AuditService
from orchestrator.calls.history import CallHistory
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.departments.service import DepartmentService
from orchestrator.devices.service import DeviceService, SipAddress
from orchestrator.events.service import EventService
from orchestrator.numbers.service import DidService
from orchestrator.options.service import OptionsService
from orchestrator.people.accounts import UserAccounts
from orchestrator.people.service import UserService
from orchestrator.routing.caller_rules import CallerRuleService
from orchestrator.routing.service import EmergencyNumberService, OutboundRuleService
from orchestrator.signin.clients import ApiClientService
from orchestrator.signin.idempotency import IdempotencyService
from orchestrator.signin.me import MeService
from orchestrator.signin.passwords import Passwords
from orchestrator.signin.service import SignInService
from orchestrator.signin.totp import TotpService
from orchestrator.tenants.operators import OperatorAccounts, OperatorService
from orchestrator.tenants.service import TenantService
from orchestrator.trunks.service import TrunkService
from orchestrator.trunks.state import TrunkStates
from orchestrator.web.table import Services


def build_services(
    database: Database,
    events: EventService,
    clock: Clock,
    sip: SipAddress,
    hasher: PasswordHasher | None = None,
    *,
    trunks: TrunkStates | None = None,
) -> Services:
    """All services. `sip` is where phones reach us; `hasher` None: argon2's own strength.

    `trunks` is what a running node knows of trunks; None: nothing.
    """
    passwords = Passwords(hasher)
    tenants = TenantService(database)
    users = UserService(database, passwords, events)
    api_clients = ApiClientService(database, clock)
    accounts = (OperatorAccounts(), UserAccounts())
    sign_ins = SignInService(database, clock, passwords, accounts, api_clients)
    return Services(
        tenants=tenants,
        operators=OperatorService(database, passwords),
        departments=DepartmentService(database, users),
        users=users,
        devices=DeviceService(database, events, sip),
        trunks=TrunkService(database, events, trunks),
        dids=DidService(database),
        caller_rules=CallerRuleService(database),
        outbound_rules=OutboundRuleService(database),
        emergency_numbers=EmergencyNumberService(database),
        options=OptionsService(database),
        calls=CallHistory(database),
        events=events,
        audit=AuditService(database),
        sign_ins=sign_ins,
        me=MeService(database, sign_ins, tenants),
        totp=TotpService(database, clock, sign_ins),
        api_clients=api_clients,
        idempotency=IdempotencyService(database, clock),
    )
