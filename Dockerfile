# One image for web, worker and beat; static files are built in, nothing runs as root.

FROM node:24-slim AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.12-slim AS app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=front /app/node_modules node_modules
RUN SECRET_KEY=only-to-build DATABASE_URL=postgresql:///none python manage.py collectstatic --no-input \
    && find node_modules -mindepth 1 -maxdepth 1 ! -name dejavu-fonts-ttf -exec rm -rf {} + \
    && useradd --system --create-home --uid 10001 meridian \
    && install --directory --owner meridian /var/lib/meridian
USER meridian
EXPOSE 8000
CMD ["gunicorn", "clinic.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--no-control-socket"]
