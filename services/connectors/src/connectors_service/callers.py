"""What a caller may upload, see and download."""

from connectors_service.datasets.base import Dataset, OwnRows
from connectors_service.errors import NotForCompaniesError
from connectors_service.repository.imports import Visible
from connectors_service.repository.uploads import Uploader
from shared_schema.tables.imports import Import
from shared_utils.auth import Caller, Role
from shared_utils.errors import ForbiddenError

SEE_ALL = (Role.ADMIN, Role.COORDINATOR)


def uploader(caller: Caller, dataset: Dataset[object]) -> Uploader:
    """Return as whom a caller uploads: a company's people for their company alone.

    Raises NotForCompaniesError where a dataset has no rows of one company's own.
    """
    company_id = None if caller.role in SEE_ALL else caller.company_id
    if caller.role is Role.COMPANY_USER and company_id is None:
        raise ForbiddenError
    if company_id is not None and dataset.for_company is OwnRows.NONE:
        raise NotForCompaniesError
    return Uploader(caller.subject, caller.role, company_id)


def visible_to(caller: Caller) -> Visible:
    """Return which imports a caller sees: all, the company's, or the key's own."""
    if caller.role in SEE_ALL:
        return Visible()
    if caller.role is Role.COMPANY_USER:
        if caller.company_id is None:
            raise ForbiddenError
        return Visible(company_id=caller.company_id)
    return Visible(uploaded_by=caller.subject)


def visible_for(uploader: Uploader) -> Visible:
    """Return which imports and brought mappings an uploader sees."""
    if uploader.role in SEE_ALL:
        return Visible()
    if uploader.role == Role.COMPANY_USER:
        return Visible(company_id=uploader.company_id)
    return Visible(uploaded_by=uploader.subject)


def owner_of(uploader: Uploader) -> str:
    """Name whose a brought mapping is: the staff's, a company's, or a key's own."""
    if uploader.role in SEE_ALL:
        return "staff"
    if uploader.role == Role.COMPANY_USER:
        return f"company:{uploader.company_id}"
    return f"key:{uploader.subject}"


def sees_originals(caller: Caller, found: Import) -> bool:
    """Tell whether a caller may see what the rows of an import hold."""
    return caller.role is Role.ADMIN or caller.subject == found.uploaded_by
