"""What the API answers about datasets and mappings; fields may be added, none is removed."""

from pydantic import BaseModel


class DatasetField(BaseModel):
    """A field of a dataset, the column names it is known by, and its rule.

    `choices` are the words it takes, `chars` the most characters; `code` is what a row that
    breaks the rule is refused with, `means` that code in words.
    """

    name: str
    headers: list[str]
    required: bool
    type: str
    choices: list[str]
    chars: int | None
    code: str
    means: str
    description: str
    example: str


class NaturalKey(BaseModel):
    """What makes two rows the same record; of a weak key, equal rows are told apart by order."""

    fields: list[str]
    otherwise: list[str]
    weak: bool
    parent: str | None


class Endpoint(BaseModel):
    """A route that concerns a dataset."""

    method: str
    path: str
    does: str


class FileLimits(BaseModel):
    """What a file may have at most; each is named by the setting that changes it."""

    WAYMARK_IMPORT_MAX_BYTES: int
    WAYMARK_IMPORT_MAX_FIELD_CHARS: int
    WAYMARK_IMPORT_MAX_COLUMNS: int


class MappingView(BaseModel):
    """A mapping that reads a dataset: shipped with the service, or brought by an upload."""

    name: str
    version: str
    origin: str = "shipped"
    description: str
    time_zone: str
    date_order: str | None
    yaml: str | None = None


class MappingList(BaseModel):
    """The mappings that the caller may name for a dataset: shipped ones, then brought ones."""

    items: list[MappingView]
    next: str | None = None


class DatasetView(BaseModel):
    """What can be imported, and how its files look.

    `version` is that of the newest shipped mapping; `rows` are examples by column name.
    """

    name: str
    title: str
    version: str
    fields: list[DatasetField]
    key: NaturalKey
    formats: list[str]
    emits: list[str]
    endpoints: list[Endpoint]
    rows: list[dict[str, str]]
    mappings: list[MappingView]
    limits: FileLimits
    template: str
    template_xlsx: str


class DatasetList(BaseModel):
    """All datasets, and what the codes of refused rows mean."""

    items: list[DatasetView]
    codes: dict[str, str]
    next: str | None = None
