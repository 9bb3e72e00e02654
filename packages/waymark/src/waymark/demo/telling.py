"""The summary that a person reads."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Column, Table

from waymark.demo.running import Outcome
from waymark.demo.statements import counted

_METRICS = (
    "participants",
    "volunteers",
    "sessions_completed",
    "volunteer_hours",
    "satisfaction",
    "sroi_ratio",
    "vis_score",
)


def tell(console: Console, outcome: Outcome, gateway: str | None) -> None:
    """Print what was sent, what it did, and whether all of it is true.

    `gateway` is where to look, unless nothing stays up.
    """
    console.print(_files(outcome))
    _list(console, "Refused rows, by the code of the reason", _refused(outcome))
    console.print()
    console.print(_companies(outcome))
    _list(console, "Figures without a value, by the reason", _reasons(outcome))
    console.print(_people_and_texts(outcome))
    if gateway is not None:
        _list(console, "Where to look, with a token from below", _links(outcome, gateway))
        _list(console, "A token a role, for 12 hours", outcome.tokens.items())
    console.print()
    _verdict(console, outcome)


def _files(outcome: Outcome) -> Table:
    numbers = ("read", "created", "unchanged", "refused")
    table = Table(Column("file", no_wrap=True), *numbers, title="What was imported")
    for file, report in outcome.reports:
        table.add_row(file.path.name, *(str(report.rows[each]) for each in numbers))
    return table


def _refused(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for file, report in outcome.reports:
        if report.errors:
            yield file.path.name, counted(report.errors)


def _companies(outcome: Outcome) -> Table:
    keys = list(outcome.companies)
    columns = [Column(name, no_wrap=True) for name in keys]
    table = Table(
        Column("figure", no_wrap=True),
        *columns,
        title=f"What it means for companies, {outcome.period}",
    )
    for name in _METRICS:
        cells = [_figure(outcome.companies[key]["metrics"].get(name)) for key in keys]
        table.add_row(name, *cells)
    return table


def _reasons(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Why figures have no value: words too long for the table's cells."""
    for name in _METRICS:
        by_reason: dict[str, list[str]] = {}
        for key, answer in outcome.companies.items():
            figure = answer["metrics"].get(name)
            if figure is not None and figure["value"] is None:
                by_reason.setdefault(str(figure.get("reason", "unknown")), []).append(key)
        for reason, keys in by_reason.items():
            yield name, f"{reason} ({', '.join(keys)})"


def _figure(figure: dict[str, object] | None) -> str:
    if figure is None:
        return ""
    value = figure["value"]
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _people_and_texts(outcome: Outcome) -> Table:
    categories = Counter(each.category for each in outcome.flags)
    texts = outcome.texts
    handled = f"{texts.stored} stored, {texts.screened} screened, {texts.cleared} cleared"
    table = Table("what", "how many", title="What it means for people")
    table.add_row("profiles of participants", str(len(outcome.people)))
    table.add_row("texts of sessions", handled)
    table.add_row("flags for a reviewer", f"{len(outcome.flags)} ({counted(categories)})")
    table.add_row("scores of these texts", str(texts.scores))
    table.add_row("abstentions, by their reason", counted(texts.abstentions))
    return table


def _links(outcome: Outcome, gateway: str) -> Iterator[tuple[str, str]]:
    company = next(iter(outcome.companies.values()))["company_id"]
    person = next(iter(outcome.people.values()))
    figures = f"{gateway}/v1/companies/{company}/metrics"
    yield "a person", f"{gateway}/v1/profile/{person}"
    yield "a company", f"{figures}?period={outcome.period}"
    yield "a figure's trace", f"{figures}/sessions_completed/trace?period={outcome.period}"
    yield "what waits for a reviewer", f"{gateway}/v1/safety/reviews"
    yield "the whole API", f"{gateway}/docs"


def _list(console: Console, title: str, lines: Iterable[tuple[str, str]]) -> None:
    """Lines that are never wrapped, so that they can be copied."""
    console.print(f"\n{title}", style="italic")
    for name, value in lines:
        console.print(f"  {name}: {value}", soft_wrap=True, highlight=False)


def _verdict(console: Console, outcome: Outcome) -> None:
    false = [each for each in outcome.statements if not each.ok]
    true = len(outcome.statements) - len(false)
    console.print(
        f"{true} of {len(outcome.statements)} statements checked against the sample hold."
    )
    for statement in false:
        console.print(f"NOT TRUE: {statement.text}: {statement.but}", style="bold red")
