# One recipe for every service's image: docker build --build-arg MEMBER=waymark-gateway --build-arg MODULE=gateway_service .
# Written and linted, not run: the machines this was made on have no Docker engine.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim-bookworm AS build
ARG MEMBER
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/waymark
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /src
COPY pyproject.toml README.md ./
COPY packages packages
COPY services services
# Only the member's own dependencies: what it does not declare it does not get.
RUN uv sync --no-default-groups --no-editable --exact --package "${MEMBER}"

FROM python:${PYTHON}-slim-bookworm
ARG MODULE
RUN useradd --system --uid 10001 --no-create-home waymark
COPY --from=build /opt/waymark /opt/waymark
ENV PATH=/opt/waymark/bin:$PATH PYTHONDONTWRITEBYTECODE=1 WAYMARK_MODULE=${MODULE} WAYMARK_HOST=0.0.0.0 WAYMARK_PORT=8080
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=2)"]
CMD ["sh", "-c", "exec python -m \"$WAYMARK_MODULE\""]
