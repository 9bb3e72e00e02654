"""Prometheus metrics of this process; asking twice for a name gives the same metric."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_known: dict[str, MetricWrapperBase] = {}


def counter(name: str, help_text: str, labels: Sequence[str] = ()) -> Counter:
    """A counter called `waymark_…_total`; its labels are few and take few values."""
    return _once(Counter, name, lambda: Counter(name, help_text, labels, registry=REGISTRY))


def gauge(name: str, help_text: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge: what is so just now."""
    return _once(Gauge, name, lambda: Gauge(name, help_text, labels, registry=REGISTRY))


def histogram(
    name: str, help_text: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS
) -> Histogram:
    """A histogram, of seconds unless `buckets` say otherwise."""
    return _once(
        Histogram,
        name,
        lambda: Histogram(name, help_text, labels, buckets=buckets, registry=REGISTRY),
    )


def exposition() -> bytes:
    """Every metric of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)


def _once(kind: type[M], name: str, make: Callable[[], M]) -> M:
    found = _known.get(name) or _known.setdefault(name, make())
    if not isinstance(found, kind):
        raise TypeError(f"the metric {name} is no {kind.__name__}")
    return found
