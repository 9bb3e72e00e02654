"""Who is calling, how they prove it, and what they may do."""

from shared_utils.auth.caller import MANAGER, Caller, Role
from shared_utils.auth.dependencies import (
    Admin,
    AdminOrCoordinator,
    AdminOrReviewer,
    AdminOrSelf,
    CompanyScope,
    Signed,
    allow,
    bearer_token,
    guarded,
)
from shared_utils.auth.keys import InvalidKeySetError, generate_keyset, rotate_keyset
from shared_utils.auth.rules import Rule, refusal
from shared_utils.auth.signer import TokenSigner
from shared_utils.auth.sources import KeySource, RemoteKeys, StaticKeys
from shared_utils.auth.verifier import TokenVerifier

__all__ = [
    "MANAGER",
    "Admin",
    "AdminOrCoordinator",
    "AdminOrReviewer",
    "AdminOrSelf",
    "Caller",
    "CompanyScope",
    "InvalidKeySetError",
    "KeySource",
    "RemoteKeys",
    "Role",
    "Rule",
    "Signed",
    "StaticKeys",
    "TokenSigner",
    "TokenVerifier",
    "allow",
    "bearer_token",
    "generate_keyset",
    "guarded",
    "refusal",
    "rotate_keyset",
]
