"""Whether a source can work as it is defined: judged at once, before anything is fetched."""

from datetime import UTC, datetime

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.errors import UnknownMappingError
from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.definition import (
    CursorPages,
    Definition,
    NumberedPages,
    QueryAuth,
)
from connectors_service.pulling.errors import BadSourceError
from connectors_service.pulling.finishing import mapping_named
from connectors_service.pulling.hosts import BadUrlError
from connectors_service.pulling.since import comparable


def check(dataset: str, definition: Definition, policy: Policy) -> None:
    """Raise BadSourceError naming the first member that cannot be."""
    try:
        definition.url(policy)
    except BadUrlError as error:
        raise BadSourceError("base_url", str(error)) from None
    _check_dataset(dataset, definition)
    _check_since(definition)
    _check_parameters(definition)


def _check_dataset(dataset: str, definition: Definition) -> None:
    if dataset not in DATASETS:
        raise BadSourceError("dataset", f"is none of {', '.join(DATASETS)}")
    try:
        mapping = mapping_named(dataset, definition.mapping)
    except UnknownMappingError as error:
        known = ", ".join(error.extra["mappings"])
        raise BadSourceError("mapping", f"is none of this dataset's: {known}") from None
    if definition.program is not None and definition.program not in mapping.programs:
        takes = " or ".join(mapping.programs) or "no value for this dataset"
        raise BadSourceError("program", f"takes {takes}")


def _check_since(definition: Definition) -> None:
    rule = definition.incremental
    if rule is None or rule.initial is None:
        return
    if comparable(rule, rule.initial, datetime.now(UTC)) is None:
        raise BadSourceError("incremental.initial", f"is no {rule.kind}")


def _check_parameters(definition: Definition) -> None:
    """Two parts of a definition must not fight for one parameter."""
    names = [*definition.params]
    pages = definition.pagination
    if isinstance(pages, NumberedPages | CursorPages):
        names += [pages.parameter, *filter(None, [pages.size_parameter])]
    if definition.incremental:
        names.append(definition.incremental.parameter)
    if isinstance(definition.auth, QueryAuth):
        names.append(definition.auth.parameter)
    if len(names) != len(set(names)):
        raise BadSourceError("params", "and other members set the same parameter twice")
