# Build: everything, dev dependencies included, then TypeScript to dist/.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

# What runs: production dependencies only.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
# Without .npmrc, which asks for the dev dependencies too; its ignore-scripts is given here.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
RUN install --directory --owner=node --group=node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json README.md CHANGELOG.md LICENSE THIRD-PARTY-NOTICES ./
COPY --from=build /app/dist ./dist
USER node
VOLUME /data
EXPOSE 3000
# Nothing but /data and the temporary folder is written: --read-only --tmpfs /tmp is enough.
# The gateway drains on it: no new calls, live calls finish. Give it time: docker stop --time 630.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
