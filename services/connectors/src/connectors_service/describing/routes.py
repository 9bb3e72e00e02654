"""The API of what can be imported: datasets, templates, mappings."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from connectors_service.access import Following, Uploading
from connectors_service.callers import visible_to
from connectors_service.datasets.catalogue import DATASETS, dataset_named
from connectors_service.describing.schemas import DatasetList, DatasetView, MappingList
from connectors_service.describing.templates import template_csv, template_xlsx
from connectors_service.describing.views import brought_view, dataset_view, mapping_view
from connectors_service.mapping.catalogue import shipped
from connectors_service.mapping.definition import schema
from connectors_service.repository.mappings import kept_mappings
from connectors_service.rules.codes import MEANING

MOST_BROUGHT = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(tags=["datasets"])


@router.get("/import/datasets")
async def list_datasets(request: Request, caller: Following) -> DatasetList:
    """Describe every dataset, and say what the codes of refused rows mean."""
    limits = request.app.state.settings.limits
    return DatasetList(
        items=[dataset_view(dataset, limits) for dataset in DATASETS.values()],
        codes={code.value: meaning for code, meaning in MEANING.items()},
    )


@router.get("/import/datasets/{dataset}")
async def show_dataset(dataset: str, request: Request, caller: Following) -> DatasetView:
    """Describe a dataset: fields, rules, key, events, examples, mappings, limits."""
    return dataset_view(dataset_named(dataset), request.app.state.settings.limits)


@router.get("/import/mappings/schema")
async def show_schema(caller: Following) -> dict[str, Any]:
    """Return the JSON Schema of a mapping's definition."""
    return schema()


@router.get("/import/{dataset}/mappings")
async def list_mappings(dataset: str, request: Request, caller: Uploading) -> MappingList:
    """List the mappings that the caller may name: the shipped ones, then the newest brought."""
    name = dataset_named(dataset).name
    async with request.app.state.database.read() as session:
        kept = await kept_mappings(session, name, visible_to(caller), MOST_BROUGHT)
    ours = [mapping for mapping in shipped().values() if mapping.dataset == name]
    return MappingList(
        items=[
            *(mapping_view(mapping, whole=True) for mapping in ours),
            *(brought_view(row.definition) for row in kept),
        ]
    )


@router.get("/import/{dataset}/template.csv", response_class=PlainTextResponse)
async def download_template(dataset: str, caller: Uploading) -> Response:
    """Return a file with every column and one example row."""
    content = template_csv(dataset_named(dataset))
    return Response(content, headers=_attachment(f"{dataset}.csv"), media_type="text/csv")


@router.get("/import/{dataset}/template.xlsx", response_class=Response)
async def download_workbook(dataset: str, caller: Uploading) -> Response:
    """Return the template as a workbook, with a sheet that explains the columns."""
    content = template_xlsx(dataset_named(dataset))
    return Response(content, headers=_attachment(f"{dataset}.xlsx"), media_type=XLSX)


def _attachment(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}
