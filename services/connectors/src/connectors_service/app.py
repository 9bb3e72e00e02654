"""The composition root: what this service is made of."""

from fastapi import FastAPI

from connectors_service.following import Followers
from connectors_service.loading.runner import Runner
from connectors_service.mapping.catalogue import shipped
from connectors_service.routes import router
from connectors_service.settings import Settings
from shared_utils.auth import TokenVerifier
from shared_utils.http import create_app


def build(settings: Settings, verifier: TokenVerifier | None = None) -> FastAPI:
    """Build the service; a broken mapping stops it here."""
    shipped()
    app = create_app(
        settings,
        title="Waymark connectors",
        routers=[router],
        background=[run_imports],
        verifier=verifier,
    )
    app.state.followers = Followers(app.state.database)
    app.state.runner = Runner(app.state.database, settings)
    return app


async def run_imports(app: FastAPI) -> None:
    """Run what was received, beside the requests."""
    runner: Runner = app.state.runner
    await runner.run()
