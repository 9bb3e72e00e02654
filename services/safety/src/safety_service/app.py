"""The composition root of safety."""

from fastapi import FastAPI

from safety_service.erasing import stores
from safety_service.handlers import close_reviews, text_screener
from safety_service.policy import load_policy
from safety_service.routes import router
from safety_service.settings import Settings
from shared_utils.erasing import Eraser, begins_after_texts
from shared_utils.http import create_app


def build(settings: Settings) -> FastAPI:
    """Put the service together; a policy that fails its own examples stops it here."""
    policy = load_policy(settings.safety_policy_file)
    eraser = Eraser(stores())
    app = create_app(
        settings,
        title="Waymark safety",
        routers=[router],
        handlers=[text_screener(policy), close_reviews, begins_after_texts(eraser)],
        background=[eraser.beside],
    )
    app.state.policy = policy
    return app
