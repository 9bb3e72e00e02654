"""Which datasets are judged by columns."""

from collections.abc import Mapping

from connectors_service.columns import sessions
from connectors_service.columns.declaring import InColumns

IN_COLUMNS: Mapping[str, InColumns] = {"kintell-sessions": sessions.IN_COLUMNS}
