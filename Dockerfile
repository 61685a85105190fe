# docker build -t valetkey . ; docs/operating.md says how to run it.
FROM node:26-slim AS build
WORKDIR /app
COPY . .
# All of it to build the pages and the server; then only what serving needs. The image has its own Node, so not another one beside it.
RUN npm ci --no-audit --no-fund \
 && npm run -s build \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node-bin-* node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-win-* node_modules/.bin/node node_modules/.cache

FROM node:26-slim
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json /app/LICENSE /app/
COPY --from=build --chown=root:root /app/node_modules /app/node_modules
COPY --from=build --chown=root:root /app/packages /app/packages
RUN install -d -o node -g node -m 0700 /data
USER node
ENV NODE_ENV=production VALETKEY_HOST=0.0.0.0 VALETKEY_PORT=10002 VALETKEY_DATA=/data
VOLUME /data
EXPOSE 10002
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.VALETKEY_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1: it takes SIGTERM, lets the requests under way finish, and waits for its workers.
STOPSIGNAL SIGTERM
CMD ["node", "packages/cli/dist/valetkey.js", "serve", "--json"]
