"""The composition root of q2q_ai."""

from fastapi import FastAPI

from q2q_ai_service.consent import consent_keeper
from q2q_ai_service.erasing import stores
from q2q_ai_service.handlers import forget_scores, text_scorer
from q2q_ai_service.providers import NoModel
from q2q_ai_service.routes import router
from q2q_ai_service.settings import Settings
from shared_utils.erasing import Eraser, begins_after_texts
from shared_utils.http import create_app


def build(settings: Settings) -> FastAPI:
    """Put the service together."""
    provider = NoModel()
    eraser = Eraser(stores())
    app = create_app(
        settings,
        title="Waymark q2q",
        routers=[router],
        handlers=[
            text_scorer(provider),
            forget_scores,
            consent_keeper(provider),
            begins_after_texts(eraser),
        ],
        background=[eraser.beside],
    )
    app.state.provider = provider
    return app
