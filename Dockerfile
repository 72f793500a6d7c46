# Tributary as an image: the built files and what they need at run time, no compiler, no embedded PostgreSQL.
# It needs DATABASE_URL (PostgreSQL 15 or newer) and TRIBUTARY_SECRET_KEYS; .env.example lists every setting.
#   docker build -t tributary .
#   docker run --rm --read-only --tmpfs /tmp --env-file .env -p 4000:4000 tributary
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The compiler comes as an optional package of the machine's own kind, so optional ones stay in here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.codegen.json codegen.ts prisma.config.ts schema.graphql ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY src ./src
COPY sandbox ./sandbox
RUN node scripts/build.mjs

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    TRIBUTARY_SANDBOX=false
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts --no-audit --no-fund \
 && npm cache clean --force \
 && rm -rf /root/.npm
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/sandbox ./dist/sandbox
COPY prisma/migrations ./prisma/migrations
COPY schema.graphql LICENSE ./
# The files belong to root and the process is the image's user "node": it can change nothing of itself. By number, so
# that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli.js"]
CMD ["start"]
