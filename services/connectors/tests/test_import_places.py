"""Languages and countries of any length are answered at once."""

import time
from collections.abc import Callable

import pytest

from connectors_service.rules.codes import CellError, Code
from connectors_service.rules.places import country, language


@pytest.mark.parametrize("read", [country, language])
@pytest.mark.parametrize("sign", ["x", "(", " x"])
def test_e015_what_is_too_long_for_a_name_is_refused_at_once(
    read: Callable[[str], str], sign: str
) -> None:
    started = time.process_time()

    with pytest.raises(CellError) as refused:
        read(sign * 400_000)

    assert refused.value.code is Code.CHOICE
    assert time.process_time() - started < 1  # it was a minute and more
