# Tertulia as a container: docs/operations.md says how to run it.

FROM node:24-bookworm-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
COPY web/api-types/package.json api-types/
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY web ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS server
WORKDIR /build
# Cargo reads the manifests of all members of the workspace, also of those that are not built.
COPY Cargo.toml Cargo.lock ./
COPY bench/Cargo.toml bench/
COPY bench/src bench/src
COPY fuzz/Cargo.toml fuzz/
COPY fuzz/src fuzz/src
COPY fuzz/targets fuzz/targets
COPY crates crates
COPY --from=web /build/web/dist web/dist
# What was compiled before is in the caches; the binary leaves them within the same step. Cargo goes by
# the times of files, by which those of an older checkout would pass for built: all count as new.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    find crates web -type f -exec touch {} + \
    && cargo build --release --locked -p tertulia \
    && install -D target/release/tertulia /out/tertulia \
    && install -d /out/data

# No shell and no packages but glibc and libgcc, which are all that the binary links. The roots of
# trust for TLS to Postgres are compiled in.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Tertulia" \
      org.opencontainers.image.description="A realtime messaging server that speaks Socket.IO" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-MIT LICENSE-APACHE THIRD-PARTY.md /usr/share/doc/tertulia/
COPY --from=server /out/tertulia /usr/local/bin/tertulia
COPY --from=server --chown=65532:65532 /out/data /var/lib/tertulia
USER 65532:65532
# The database `data/tertulia.db` and the images in `data/files`, unless the settings name other
# places. Nothing is written anywhere else.
WORKDIR /var/lib/tertulia
VOLUME /var/lib/tertulia
ENV HOST=0.0.0.0
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["tertulia", "healthcheck"]
ENTRYPOINT ["tertulia"]
CMD ["serve"]
