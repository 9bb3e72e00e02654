"""`waymark erasures export|apply`: so that a restored backup brings nobody back."""

from pathlib import Path
from typing import Annotated

import typer

from shared_utils.auth import InvalidKeySetError, TokenSigner
from waymark import erasures
from waymark.errors import CommandError
from waymark.target import postgres_url, signing_keys
from waymark.telling import say

app = typer.Typer(
    name="erasures", help="Keep the list of erasures; apply it to a backup.", no_args_is_help=True
)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write the list; keep it off the backups.")],
) -> None:
    """Write the signed list of all erasures: ids and keyed hashes, no names."""
    text, count = erasures.signed_list(postgres_url(), _signer())
    file.write_text(text + "\n", encoding="ascii")
    say(f"{count} erasures are in {file}")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="A list that `export` wrote.")],
) -> None:
    """Erase again in a restored database; before its services start, and safe to run again."""
    try:
        found = erasures.erasures_in(file.read_text(encoding="ascii"), _signer())
    except (erasures.UnusableListError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
    changed = erasures.apply(postgres_url(), found)
    say(f"{len(found)} erasures hold; {changed} people were still there and are erased now")


def _signer() -> TokenSigner:
    try:
        return TokenSigner(signing_keys())
    except InvalidKeySetError as error:
        raise CommandError(f"{signing_keys()}: {error}") from error
