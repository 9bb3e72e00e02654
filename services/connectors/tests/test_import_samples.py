"""The sample file of each dataset is taken, but for the one mistake that it shows."""

from pathlib import Path
from typing import Any

from connectors_service.datasets.catalogue import DATASETS

SAMPLES = Path(__file__).parents[1] / "samples"
MISTAKES = {
    "companies": {(4, "E015")},
    "company-users": {(4, "E012")},
    "kintell-users": {(4, "E015")},
    "enrollments": {(4, "E015")},
    "kintell-sessions": {(4, "E004"), (4, "E005"), (4, "E006")},
    "kintell-ratings": {(5, "E015")},
    "buddy-matches": {(4, "E003")},
    "buddy-events": {(4, "E012")},
    "buddy-checkins": {(4, "E015")},
    "buddy-feedback": {(4, "E006")},
    "course-completions": {(4, "E018")},
    "credentials": {(4, "E007")},
    "program-costs": {(4, "E018")},
}


def test_every_dataset_has_a_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.csv")} == set(MISTAKES)
    assert set(MISTAKES) <= set(DATASETS)


async def test_the_samples_are_taken_in_this_order(connectors: Any) -> None:
    for dataset, mistakes in MISTAKES.items():
        content = (SAMPLES / f"{dataset}.csv").read_bytes()

        done = await connectors.imported(dataset, content, f"{dataset}.csv")

        rows = done["rows"]
        assert set(await connectors.codes(done["import_id"])) == mistakes, dataset
        held = int(dataset == "kintell-ratings")
        assert (dataset, rows["refused"], rows["held"]) == (dataset, 1, held)
        assert rows["created"] + rows["updated"] == 2

    told = {event.type for event in await connectors.events()}
    assert told >= {
        "kintell.session.scheduled.v1",
        "kintell.session.completed.v1",
        "kintell.rating.created.v1",
        "buddy.match.created.v1",
        "buddy.event.logged.v1",
        "buddy.checkin.completed.v1",
        "buddy.feedback.submitted.v1",
        "upskilling.course.completed.v1",
        "upskilling.credential.issued.v1",
        "program.enrollment.changed.v1",
        "companies.membership.changed.v1",
        "identity.external_id.linked.v1",
    }
