"""Logins and keys; the gateway's own, and the one place outside `pii` with an e-mail address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    Key,
    Names,
    NewId,
    Now,
    SmallInt,
    check,
    index,
    one_of,
    refers,
    unique,
)


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        one_of("role", vocabulary.ROLES),
        one_of("position", ("manager", "member")),
        check("email_is_folded", "email = lower(email)", "One login an address, in any case."),
        check(
            "company_user_has_company",
            "role <> 'company_user' OR company_id IS NOT NULL",
            "A company user without a company would have no tenant.",
        ),
        unique("email", why="One login an address; the login looks it up."),
        {"schema": "auth", "comment": "Who may sign in."},
    )

    user_id: Mapped[NewId]
    email: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(comment="argon2id")
    role: Mapped[str]
    position: Mapped[str | None]
    company_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    disabled_at: Mapped[datetime | None]
    failed_logins: Mapped[SmallInt] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    created_at: Mapped[Now]


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"
    __table_args__ = (
        refers("user_id", "auth.users.user_id", "A token goes with its user.", "CASCADE"),
        index("family_id", why="A used token that comes again revokes its whole family."),
        index("user_id", why="Disabling a user revokes all their tokens."),
        {"schema": "auth", "comment": "Refresh tokens by their hash; each is used once."},
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[UUID]
    user_id: Mapped[UUID]
    issued_at: Mapped[Now]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RevokedToken(Base):
    __tablename__ = "revoked_tokens"
    __table_args__ = (
        {"schema": "auth", "comment": "Access tokens that were taken back before they expired."},
    )

    token_id: Mapped[Key]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[Now]


class LoginAttempt(Base):
    __tablename__ = "login_attempts"
    __table_args__ = (
        {
            "schema": "auth",
            "comment": "Failures by address and login, so that a lockout hits the attacker alone.",
        },
    )

    login_hmac: Mapped[bytes] = mapped_column(primary_key=True)
    address_hmac: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    last_at: Mapped[Now]
    blocked_until: Mapped[datetime | None]


class ApiKey(Base):
    __tablename__ = "api_keys"
    __table_args__ = (
        unique("secret_hash", why="A request brings the secret alone; it finds its key."),
        {"schema": "auth", "comment": "Partners' keys by the hash of their secret."},
    )

    key_id: Mapped[NewId]
    name: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(comment="SHA-256 of 32 random bytes")
    scopes: Mapped[Names]
    company_id: Mapped[UUID | None]
    created_by: Mapped[str]
    created_at: Mapped[Now]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class WebhookSecret(Base):
    __tablename__ = "webhook_secrets"
    __table_args__ = (
        index(
            "source", why="Rotation keeps two valid; both are tried.", where="revoked_at IS NULL"
        ),
        {"schema": "auth", "comment": "What partners sign their webhooks with, sealed."},
    )

    secret_id: Mapped[NewId]
    source: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(comment="Encrypted with a key from the settings")
    created_by: Mapped[str]
    created_at: Mapped[Now]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
