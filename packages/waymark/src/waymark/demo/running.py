"""Sends the sample through the gateway and asks what became of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared_utils.auth import Role
from waymark.demo import expected, statements
from waymark.demo.rows import Flag, SampleRows, Texts
from waymark.demo.statements import Statement, stated
from waymark.gateway import Gateway
from waymark.imports import Report, import_file
from waymark.reconciling import reconcile
from waymark.sample import Manifest, SampleFile, generate
from waymark.settling import settled
from waymark.stack import Stack
from waymark.tokens import caller, company_id, signed_token

SEED = 2026
_SETTLE_SECONDS = 120.0
_AT_ONCE = 4
_TOKEN_MINUTES = 12 * 60


@dataclass
class Outcome:
    """All that the summary shows."""

    manifest: Manifest
    period: str
    reports: list[tuple[SampleFile, Report]] = field(default_factory=list)
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    texts: Texts = field(default_factory=Texts)
    tokens: dict[str, str] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)

    @property
    def own(self) -> list[str]:
        """The partner's ids of the sample's sessions and matches."""
        sessions = [each.session_id for each in self.manifest.sessions]
        return sessions + [each.match_id for each in self.manifest.matches]

    @property
    def ok(self) -> bool:
        """Whether every statement is true."""
        return all(each.ok for each in self.statements)


@dataclass
class Demonstration:
    """One run against a running stack; `on_step` is told what happens next."""

    stack: Stack
    on_step: Callable[[str], None]

    def run(self) -> Outcome:
        """Send, wait, ask, compare."""
        self.on_step("writing the sample")
        manifest = generate(self.stack.home.root / "sample", SEED)
        outcome = Outcome(manifest, expected.busiest_quarter(manifest))
        self._send(outcome)
        self.on_step("waiting for every event to have its effects")
        addresses = self.stack.addresses
        asyncio.run(settled(addresses["postgres"], addresses["nats"], _SETTLE_SECONDS))
        for ask in (self._profiles, self._figures, self._reviews, self._texts, self._tokens):
            ask(outcome)
        self.on_step("holding facts and effects against each other")
        checks = reconcile(addresses["postgres"])
        outcome.statements += statements.about_checks(checks)
        return outcome

    def _send(self, outcome: Outcome) -> None:
        gateway = self._as("coordinator")
        for file in outcome.manifest.files:
            self.on_step(f"importing {file.path.name}")
            report = import_file(gateway, file.path, file.dataset, {})
            outcome.reports.append((file, report))
            outcome.statements += statements.about_file(file, report)
        gateway.close()

    def _profiles(self, outcome: Outcome) -> None:
        people = expected.expected_people(outcome.manifest)
        self.on_step(f"reading {len(people)} profiles")
        gateway, wrong = self._as("admin"), list[str]()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            profiles = pool.map(lambda email: _profile_of(gateway, email), people)
        others = self._rows(outcome).people_of_others()
        for person, profile in zip(people.values(), profiles, strict=True):
            outcome.people[person.email] = profile["person_id"]
            if profile["person_id"] not in others:
                wrong += statements.about_profile(person, profile)
        gateway.close()
        alone = len(people) - len(others & {*outcome.people.values()})
        outcome.statements.append(
            Statement(
                f"{alone} profiles say what was sent: sessions, buddies, learning, flags, level",
                "" if not wrong else f"{len(wrong)} differences, such as {wrong[0]}",
            )
        )

    def _figures(self, outcome: Outcome) -> None:
        self.on_step(f"reading the companies' figures of {outcome.period}")
        gateway = self._as("admin")
        figures = expected.expected_figures(outcome.manifest, outcome.period)
        for company in outcome.manifest.cast.companies:
            company_uuid = company_id(company.key)
            path = f"/v1/companies/{company_uuid}/metrics"
            answer = gateway.get_patiently(path, period=outcome.period)
            outcome.companies[company.key] = answer
            outcome.statements += statements.about_company(
                company.name,
                figures[company.key],
                self._rows(outcome).others_figures(company_uuid, outcome.period),
                answer["metrics"],
            )
        gateway.close()

    def _reviews(self, outcome: Outcome) -> None:
        self.on_step("reading the review queue")
        outcome.flags = self._rows(outcome).flags()
        concerns = {
            each.session_id: each.text for each in outcome.manifest.sessions if each.concern
        }
        open_ones = {
            each.flag_id: concerns[each.session_id]
            for each in outcome.flags
            if each.session_id in concerns and not each.is_decided
        }
        gateway = self._as("reviewer")
        waiting = {each["flag_id"] for each in gateway.items("/v1/safety/reviews")}
        shown = {
            each: gateway.get_patiently(f"/v1/safety/reviews/{each}")["text"]
            for each in open_ones
            if each in waiting
        }
        gateway.close()
        found = concerns.keys() & {each.session_id for each in outcome.flags}
        outcome.statements += statements.about_concerns(concerns.keys(), found, open_ones, shown)

    def _texts(self, outcome: Outcome) -> None:
        outcome.texts = texts = self._rows(outcome).texts()
        sent = expected.texts(outcome.manifest)
        outcome.statements += [
            stated(f"{sent} texts were stored", expected=sent, found=texts.stored),
            stated("every text was screened", expected=texts.stored, found=texts.screened),
            stated(
                "every cleared text has its scores, or a reason for having none",
                expected=texts.cleared,
                found=texts.answered,
            ),
        ]

    def _tokens(self, outcome: Outcome) -> None:
        participant, volunteer = self._people(outcome)
        own = outcome.manifest.cast.companies[0].key
        for role in Role:
            person = {Role.PARTICIPANT: participant, Role.VOLUNTEER: volunteer}.get(role)
            outcome.tokens[role] = self._token(role, own, person)
            gateway = self._with(outcome.tokens[role])
            found = gateway.get_patiently("/v1/me")["role"]
            gateway.close()
            outcome.statements.append(stated(f"the {role} token works", expected=role, found=found))
        seen = self._seen_by_company(outcome, own)
        outcome.statements += statements.about_tenancy(company_id(own), seen)

    def _people(self, outcome: Outcome) -> tuple[UUID, UUID]:
        session = outcome.manifest.sessions[0]
        gateway = self._as("admin")
        volunteer = _profile_of(gateway, session.volunteer.email)
        gateway.close()
        participant = outcome.people[session.participant.email]
        return UUID(participant), UUID(volunteer["person_id"])

    def _seen_by_company(self, outcome: Outcome, own: str) -> dict[str, int]:
        ids = [str(company_id(each.key)) for each in outcome.manifest.cast.companies]
        gateway = self._with(outcome.tokens[Role.COMPANY_USER])
        seen = {
            each: gateway.status(f"/v1/companies/{each}/metrics", period=outcome.period)
            for each in ids
        }
        gateway.close()
        return seen

    def _rows(self, outcome: Outcome) -> SampleRows:
        return SampleRows(self.stack.addresses["postgres"], outcome.own)

    def _as(self, role: str) -> Gateway:
        return self._with(self._token(role, None, None))

    def _with(self, token: str) -> Gateway:
        return Gateway(self.stack.addresses["gateway"], token, self.stack.stopping.is_set)

    def _token(self, role: str, company: str | None, person: UUID | None) -> str:
        named = company if role == Role.COMPANY_USER else None
        scopes = frozenset({"import:kintell-sessions"}) if role == Role.PARTNER else frozenset()
        return signed_token(
            caller(role, company=named, person=person, scopes=scopes), _TOKEN_MINUTES
        )


def _profile_of(gateway: Gateway, email: str) -> dict[str, Any]:
    named = {"provider": "email", "external_id": email}
    profile: dict[str, Any] = gateway.get_patiently("/v1/profile", **named)
    return profile
