"""What the gateway answers itself; what belongs to a service never comes here."""

from gateway_service.routes import api_keys, audit, auth, me, root, users, webhook_secrets

ROUTERS = (
    auth.router,
    me.router,
    users.router,
    api_keys.router,
    webhook_secrets.router,
    audit.router,
)
"""Under `/v1`."""

ROOT_ROUTERS = (root.router,)
"""At the root: the key set, the documentation, the services' health."""
