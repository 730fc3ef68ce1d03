# The whole appliance as one image. How to run it: docs/docker.md. Why it is made like this: docs/decisions/0010-image.md.
# The Node of this image runs the server and is packed into the helper, so it is the one that everything was tested with.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

# What is built: the user interface and the helper that employees download.
FROM ${NODE_IMAGE} AS build
WORKDIR /build
# The helpers that the server will offer (docs/platforms.md), `linux-x64,win-x64` for example.
ARG HELPER_PLATFORMS=linux-x64
# For the helper's launcher; binutils comes along. The one for Windows has a compiler of its own.
RUN apt-get update \
 && case "$HELPER_PLATFORMS" in *win-x64*) mingw=gcc-mingw-w64-x86-64 ;; esac \
 && apt-get install -y --no-install-recommends gcc linux-libc-dev $mingw \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
# No package runs a script of its own. The secret `ca` is for networks that open TLS on the way out; it is optional.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi \
 && npm ci --ignore-scripts
COPY . .
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi \
 && node node_modules/vite/bin/vite.js build ui --logLevel warn \
 && node ops/package-helper.ts --platform "$HELPER_PLATFORMS"
# What the server needs while it runs, readable by every account and writable by none, whatever the modes of the checkout.
RUN mkdir -p /appliance/ui /appliance/dist \
 && cp -r package.json protocol server migrations /appliance/ \
 && cp -r ui/dist /appliance/ui/ \
 && cp -r dist/helper /appliance/dist/ \
 && cp -r --parents ops/audit-verify.ts ops/handrail.mjs ops/handrail ops/image/health.ts /appliance/ \
 && chmod -R u=rwX,go=rX /appliance

# The packages of the server alone, without what only a compiler or another system would want of them.
FROM ${NODE_IMAGE} AS packages
WORKDIR /appliance
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi \
 && npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src \
 && find node_modules/better-sqlite3/prebuilds -type f ! -name 'linux-*' -delete \
 && chmod -R u=rwX,go=rX node_modules

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Handrail" \
      org.opencontainers.image.description="Self-hosted remote assistance with enforced consent and provable records"
# coturn is here for the path through TURN. Nothing starts it yet, so it opens no port.
# Package managers of Node and programs that change the account are of no use here, except to an intruder.
RUN apt-get update \
 && apt-get install -y --no-install-recommends coturn \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* \
 && rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
           /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && find / -xdev -type f -perm /6000 -exec chmod ug-s {} + \
 && groupadd --gid 10001 handrail \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --no-log-init --shell /usr/sbin/nologin handrail \
 && install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /appliance
COPY --from=packages /appliance/node_modules ./node_modules
COPY --from=build /appliance ./
ENV HANDRAIL_DATA_DIR=/data \
    HANDRAIL_LOG=json \
    MALLOC_MMAP_THRESHOLD_=131072
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "ops/image/health.ts"]
# Node is process 1: it handles the signals itself (server/main.ts) and has no children that it does not wait for.
ENTRYPOINT ["node", "--optimize-for-size", "--max-semi-space-size=2", "server/main.ts"]
