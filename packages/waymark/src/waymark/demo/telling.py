"""The summary that a person reads."""

from collections import Counter

from rich.console import Console
from rich.table import Table

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


def tell(console: Console, outcome: Outcome, gateway: str) -> None:
    """Print what was sent, what it did, where to look, and whether all of it is true."""
    console.print(_files(outcome))
    console.print(_companies(outcome))
    console.print(_people_and_texts(outcome))
    console.print(_links(outcome, gateway))
    console.print(_tokens(outcome))
    _verdict(console, outcome)


def _files(outcome: Outcome) -> Table:
    table = Table(
        "file", "read", "created", "unchanged", "refused", "why", title="What was imported"
    )
    for file, report in outcome.reports:
        rows = report.rows
        why = counted(report.errors)
        counts = (rows["read"], rows["created"], rows["unchanged"], rows["refused"])
        table.add_row(file.path.name, *(str(count) for count in counts), why)
    return table


def _companies(outcome: Outcome) -> Table:
    keys = list(outcome.companies)
    table = Table("figure", *keys, title=f"What it means for companies, {outcome.period}")
    for name in _METRICS:
        cells = [_figure(outcome.companies[key]["metrics"].get(name)) for key in keys]
        table.add_row(name, *cells)
    return table


def _figure(figure: dict[str, object] | None) -> str:
    if figure is None:
        return ""
    value = figure["value"]
    if value is None:
        return str(figure.get("reason", ""))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _people_and_texts(outcome: Outcome) -> Table:
    categories = Counter(str(each["category"]) for each in outcome.reviews)
    texts = outcome.texts
    handled = (texts.stored, texts.screened, texts.cleared)
    table = Table("what", "how many", title="What it means for people")
    table.add_row("profiles of participants", str(len(outcome.people)))
    table.add_row("texts stored, screened, cleared", ", ".join(map(str, handled)))
    table.add_row("flags for a reviewer", f"{len(outcome.reviews)} ({counted(categories)})")
    table.add_row("scores, abstentions with a reason", f"{texts.scores}, {texts.abstentions}")
    return table


def _links(outcome: Outcome, gateway: str) -> Table:
    table = Table("look at", "link", title="Where to look (with a token from below)")
    company = next(iter(outcome.companies.values()))["company_id"]
    person = next(iter(outcome.people.values()))
    figures = f"{gateway}/v1/companies/{company}/metrics"
    table.add_row("a person's profile", f"{gateway}/v1/profile/{person}")
    table.add_row("a company's figures", f"{figures}?period={outcome.period}")
    table.add_row("a figure's trace", f"{figures}/sessions_completed/trace?period={outcome.period}")
    table.add_row("what waits for a reviewer", f"{gateway}/v1/safety/reviews")
    table.add_row("the whole API", f"{gateway}/docs")
    for row in table.columns:
        row.overflow = "fold"
    return table


def _tokens(outcome: Outcome) -> Table:
    table = Table("role", "token", title="A token a role (12 hours)")
    table.columns[1].overflow = "fold"
    for role, token in outcome.tokens.items():
        table.add_row(str(role), token)
    return table


def _verdict(console: Console, outcome: Outcome) -> None:
    false = [each for each in outcome.statements if not each.ok]
    true = len(outcome.statements) - len(false)
    console.print(
        f"{true} of {len(outcome.statements)} statements checked against the sample hold."
    )
    for statement in false:
        console.print(f"NOT TRUE: {statement.text}: {statement.but}", style="bold red")
