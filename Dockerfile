# One recipe for every process of the system: which one it is, is the command (see docker-compose.yml).
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python3 -m venv /opt/ishc
COPY requirements.lock ./
RUN /opt/ishc/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY services services
RUN /opt/ishc/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/ishc/bin/pip uninstall --yes --quiet pip

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/ishc /opt/ishc
ENV PATH=/opt/ishc/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Nobody in particular, and nothing to write to but /tmp and the folder of exports (a volume).
RUN install --directory --owner=10001 --group=10001 /data/exports
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["ishc"]
CMD ["--help"]
