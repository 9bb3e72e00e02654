"""A mapping's YAML as plain data: every scalar is a text, and nothing that surprises a reader.

`no` stays a word and `1` a digit, so that `values: {no: inactive}` and `region: NO` mean what they
say; aliases, keys that stand twice, deep nesting and long texts are refused.
"""

from typing import Any

import yaml

MOST_BYTES = 64 * 1024
DEEPEST = 8


class MappingTextError(Exception):
    """The text is no mapping at all; `where` is its line, if one is to blame."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = f"line {line}" if line else ""


class _Loader(yaml.BaseLoader):
    """YAML's structures with texts as their only scalars; tags construct nothing."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node; raises MappingTextError for an alias or a nest too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise MappingTextError("Aliases (*name) are not taken.", _line(event.start_mark))
        if self.depth == DEEPEST:
            raise MappingTextError("It is nested too deep.", _line(event.start_mark))
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping; raises MappingTextError for a key that stands twice."""
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = _line(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise MappingTextError("A key has to be a word.", line)
            if key_node.value in found:
                raise MappingTextError("A key stands twice.", line)
            found[key_node.value] = self.construct_object(value_node, deep=True)
        return found


def data_of(text: str) -> dict[str, Any]:
    """Read YAML into dicts, lists and texts; raises MappingTextError."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise MappingTextError(f"It has more than {MOST_BYTES} bytes.")
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  (a BaseLoader: it constructs texts only)
    except yaml.MarkedYAMLError as error:
        raise MappingTextError("It is not valid YAML.", _line(error.problem_mark)) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise MappingTextError("It is not valid YAML.") from error
    if not isinstance(data, dict):
        raise MappingTextError("It is no mapping: it has to begin with keys such as `columns:`.")
    return data


def _line(mark: Any) -> int | None:
    """Count a place's line from 1; a place may be unknown."""
    return mark.line + 1 if mark else None
