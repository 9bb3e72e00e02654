"""HTTP in: one app factory, and the same manners for every service."""

from shared_utils.http.app import BODY_MAX_BYTES, Job, create_app
from shared_utils.http.middleware import (
    ROUTE_KEY,
    BodyCheck,
    Correlation,
    Observation,
    SafetyNet,
)
from shared_utils.http.problems import MEDIA_TYPE, Problem, problem_for

__all__ = [
    "BODY_MAX_BYTES",
    "MEDIA_TYPE",
    "ROUTE_KEY",
    "BodyCheck",
    "Correlation",
    "Job",
    "Observation",
    "Problem",
    "SafetyNet",
    "create_app",
    "problem_for",
]
