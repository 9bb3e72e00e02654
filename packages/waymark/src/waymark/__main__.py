"""The `waymark` command."""

import sys
from importlib import import_module

import typer

from waymark.errors import CommandError
from waymark.servers.process import ServerStartError

COMMANDS = {
    "up": "Start everything on this machine and stay.",
    "down": "Stop what `up` started in this folder.",
    "status": "Say what runs, where, and whether it is ready.",
    "demo": "`up`, a believable sample through the gateway, and a summary of what it did.",
    "import": "Send a file through the gateway and follow the import to its end.",
    "read": "Say how a file would be understood, and print its rows.",
    "imports": "List imports, save their refused rows, take one back, try rows again.",
    "token": "Print an access token.",
    "webhook-secret": "Print a new secret to sign webhooks with.",
    "db": "Migrate, seed or reset the database.",
    "erasures": "Keep the list of who was erased; apply it to a restored backup.",
    "events": "Follow the events, or replay them.",
    "deadletters": "Look at events that could not be handled; replay or resolve them.",
    "reconcile": "Hold facts, outbox, inboxes and projections against each other.",
    "doctor": "Look at each dependency and say what to do.",
}
_MODULES = {"import": "importing", "webhook-secret": "webhook_secret"}
_ABOUT = "Waymark on this machine, or a deployment (WAYMARK_{GATEWAY,POSTGRES,NATS}_URL)."


def build(wanted: str) -> typer.Typer:
    """The application with the wanted command; the others are known by their help alone.

    Importing all of them would cost every command the start-up time of the slowest.
    """
    app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback(help=_ABOUT)(lambda: None)
    for name, about in COMMANDS.items():
        if name == wanted:
            module = import_module(f"waymark.commands.{_MODULES.get(name, name)}")
            app.add_typer(module.app)
        else:
            app.command(name, help=about)(lambda: None)
    return app


def main() -> None:
    """Run the command; an expected failure is one line on stderr and status 1."""
    try:
        build(next((word for word in sys.argv[1:] if word in COMMANDS), ""))()
    except (CommandError, ServerStartError, OSError) as error:
        typer.echo(f"waymark: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
