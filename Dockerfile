# The production image: no embedded engines, no tests, no root.
FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements-production.lock /build/
RUN python -m venv /opt/everwatch \
    && /opt/everwatch/bin/pip install --require-hashes --requirement /build/requirements-production.lock

FROM python:3.13-slim-bookworm
# What WeasyPrint draws with; the fonts come with the project.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin everwatch
COPY --from=packages /opt/everwatch /opt/everwatch
WORKDIR /app
ENV PATH=/opt/everwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=pv.config.settings \
    STATIC_ROOT=/app/static \
    XDG_CACHE_HOME=/tmp/cache \
    OPENBLAS_NUM_THREADS=1 \
    WEB_CONCURRENCY=2
COPY manage.py requirements-production.lock ./
COPY docker/healthy.py docker/healthy.py
COPY docs/personal-data.csv docs/personal-data.csv
COPY locale locale
COPY templates templates
COPY followup followup
COPY pv pv
# Static files are collected and compressed with throw-away secrets; nothing of them stays in the image.
# Code is compiled here: nobody may write below /app later, and each process would do it again.
RUN EVERWATCH_ENV=production \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    BLIND_INDEX_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    IDENTITY_KEYS="$(python -c 'import base64, secrets; print("b:" + base64.b64encode(secrets.token_bytes(32)).decode())')" \
    DATABASE_URL=postgres://nobody@127.0.0.1:9/none \
    python manage.py collectstatic --noinput \
    && python -m compileall -q followup pv manage.py \
    && mkdir var && chown everwatch: var
USER 10001
VOLUME /app/var
EXPOSE 8000
CMD ["gunicorn", "pv.config.wsgi:application", "--bind", "0.0.0.0:8000", "--threads", "4", \
     "--preload", "--timeout", "60", "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket", "--permit-obsolete-folding"]
