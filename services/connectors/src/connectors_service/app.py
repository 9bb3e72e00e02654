"""The composition root: what this service is made of."""

from datetime import timedelta

from fastapi import FastAPI

from connectors_service.describing.routes import router as dataset_router
from connectors_service.erasing.stores import stores
from connectors_service.following import Followers
from connectors_service.loading.runner import Runner
from connectors_service.mapping.catalogue import shipped
from connectors_service.pulling.asking import Reach
from connectors_service.pulling.puller import Puller
from connectors_service.pulling.routes import router as source_router
from connectors_service.pulling.scheduler import Scheduler
from connectors_service.pulling.sources import Sources
from connectors_service.receiving.trials import Trials
from connectors_service.replaying.routes import router as replay_router
from connectors_service.routes import router
from connectors_service.settings import Settings
from connectors_service.undoing.routes import router as undo_router
from connectors_service.webhooks import routes as webhook_routes
from connectors_service.webhooks.parts import Parts, parts_for
from connectors_service.webhooks.shape import shapes
from shared_utils.auth import TokenVerifier
from shared_utils.erasing import Eraser
from shared_utils.http import create_app
from shared_utils.sealing import Seal


def build(settings: Settings, verifier: TokenVerifier | None = None) -> FastAPI:
    """Build the service; a broken mapping or webhook shape stops it here."""
    shipped()
    shapes()
    eraser = Eraser(stores(settings.limits), finds=True)
    app = create_app(
        settings,
        title="Waymark connectors",
        routers=[
            dataset_router,
            router,
            source_router,
            webhook_routes.router,
            undo_router,
            replay_router,
        ],
        background=[run_imports, pull_sources, process_webhooks, forget_trials, eraser.beside],
        raw_bodies=["/webhooks/"],
        verifier=verifier,
    )
    app.state.followers = Followers(app.state.database)
    app.state.runner = Runner(app.state.database, settings)
    kept = timedelta(minutes=settings.import_trial_minutes)
    app.state.trials = Trials(app.state.database, kept)
    _add_sources(app, settings)
    app.state.webhooks = parts_for(app.state.database, settings)
    return app


def _add_sources(app: FastAPI, settings: Settings) -> None:
    reach = Reach(
        settings.pull_policy,
        Seal(settings.hmac_key),
        settings.pull_page_max_bytes,
        settings.limits,
    )
    database = app.state.database
    puller = Puller(database, reach, app.state.runner.wake)
    app.state.scheduler = Scheduler(database, settings.database_url, puller)
    app.state.sources = Sources(database, reach, app.state.scheduler.wake)


async def run_imports(app: FastAPI) -> None:
    """Run what was received, beside the requests."""
    runner: Runner = app.state.runner
    await runner.run()


async def pull_sources(app: FastAPI) -> None:
    """Pull the sources that are due, beside the requests."""
    scheduler: Scheduler = app.state.scheduler
    await scheduler.run()


async def forget_trials(app: FastAPI) -> None:
    """Forget what partners only tried, beside the requests."""
    trials: Trials = app.state.trials
    await trials.run()


async def process_webhooks(app: FastAPI) -> None:
    """Process webhooks that were taken, beside the requests."""
    parts: Parts = app.state.webhooks
    await parts.worker.run()
