"""Find the table's row for a method and a path: literals before parameters, nothing guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway_service.errors import UnclearTargetError, UnknownRouteError, WrongMethodError
from gateway_service.rules import Rule

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORD = re.compile(r"[A-Za-z0-9._~-]{1,128}")


@dataclass(frozen=True, slots=True)
class Match:
    """The row that decides, and the path's parameters."""

    rule: Rule
    params: dict[str, str]


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameters: dict[str, "_Node"] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)


class Routes:
    """The table, compiled once into a tree of segments; two equal rows are an error."""

    def __init__(self, table: Iterable[Rule]) -> None:
        self._root = _Node()
        for rule in table:
            self._add(rule)

    def find(self, method: str, segments: tuple[str, ...]) -> Match:
        """The row for this request; raises 404, 405 with what is allowed, or 400 on wrong case."""
        found = list(_walk(self._root, segments, {}))
        for node, params in found:
            if rule := node.rules.get(method):
                return Match(rule, params)
        if found:
            raise WrongMethodError(sorted({name for node, _ in found for name in node.rules}))
        if any(_walk(self._root, tuple(segment.lower() for segment in segments), {})):
            raise UnclearTargetError
        raise UnknownRouteError

    def _add(self, rule: Rule) -> None:
        node = self._root
        for part in rule.path[1:].split("/"):
            name = _parameter(part)
            branch = node.literals if name is None else node.parameters
            node = branch.setdefault(name or part, _Node())
        if rule.method in node.rules:
            raise ValueError(f"two rows for {rule.method} {rule.path}")
        node.rules[rule.method] = rule


def _walk(
    node: _Node, segments: tuple[str, ...], params: dict[str, str]
) -> Iterator[tuple[_Node, dict[str, str]]]:
    if not segments:
        if node.rules:
            yield node, params
        return
    head, rest = segments[0], segments[1:]
    if literal := node.literals.get(head):
        yield from _walk(literal, rest, params)
    for name, child in node.parameters.items():
        if _shape(name).fullmatch(head):
            yield from _walk(child, rest, params | {name: head})


def _parameter(part: str) -> str | None:
    return part[1:-1] if part.startswith("{") else None


def _shape(name: str) -> re.Pattern[str]:
    return _UUID if name.endswith("_id") else _WORD
