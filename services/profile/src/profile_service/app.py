"""The composition root of profile."""

from fastapi import FastAPI

from profile_service.companies import Figuring
from profile_service.consent.purposes import load_purposes
from profile_service.duplicates.finding import Finder
from profile_service.duplicates.model import load_model
from profile_service.duplicates.names import load_spellings
from profile_service.duplicates.scanning import Scanner
from profile_service.erasing.handlers import erasure_handlers
from profile_service.erasing.stores import stores
from profile_service.handlers import handlers
from profile_service.projection import Projector
from profile_service.replay import Replayer
from profile_service.restating.keeper import Keeper
from profile_service.restating.proving import Prover
from profile_service.restating.worker import keep_for_ever
from profile_service.routes import routers
from profile_service.rules import load_rules
from profile_service.settings import Settings
from shared_utils.erasing import Eraser
from shared_utils.http import create_app


def build(settings: Settings) -> FastAPI:
    """Put the service together; a mistake in its tables of data stops it here."""
    load_purposes()
    rules = load_rules(settings.journey_rules_file)
    projector = Projector(rules, settings.zone)
    finder = Finder(load_model(), load_spellings())
    eraser = Eraser(stores(), finds=True)
    app = create_app(
        settings,
        title="Waymark profile",
        routers=routers,
        handlers=[
            *handlers(projector),
            *erasure_handlers(eraser, settings.backup_keep_days),
        ],
        background=[replay_when_asked, scan_when_due, keep_figures, eraser.beside],
    )
    app.state.rules = rules
    app.state.projector = projector
    app.state.figuring = Figuring(settings.zone, settings.digest_key, settings.small_group_size)
    app.state.keeper = Keeper(app.state.figuring)
    prover = Prover(app.state.database, app.state.keeper)
    app.state.replayer = Replayer(app.state.database, projector, prover)
    app.state.scanner = Scanner(app.state.database, finder, settings.duplicates_every_hours)
    return app


async def replay_when_asked(app: FastAPI) -> None:
    """The background job that rebuilds the projection."""
    replayer: Replayer = app.state.replayer
    await replayer.run()


async def scan_when_due(app: FastAPI) -> None:
    """The background job that looks for people who may be one."""
    scanner: Scanner = app.state.scanner
    await scanner.run()


async def keep_figures(app: FastAPI) -> None:
    """The background job that restates what went stale and closes what is due."""
    await keep_for_ever(app.state.database, app.state.keeper, app.state.settings)
