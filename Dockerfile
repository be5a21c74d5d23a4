# All images of Graft: a target for each service and one for the command line.
#
#   docker build --target trainer --build-arg TORCH=cuda --tag registry.example/graft/trainer:0.1.0 .
#
# Targets: vector-store, merger, coordinator, trainer, evaluator, graft. TORCH (cpu or cuda) matters to trainer and evaluator alone; the
# others hold no libtorch. The runtime image has no shell; every image runs as a user without rights on a root file system that may be
# read-only, and writes only below /scratch. k8s/README.md says how to pin the two base images to digests.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0.401-noble
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0.12-noble-chiseled

FROM ${SDK_IMAGE} AS source
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY protos protos
COPY services services
COPY clients clients
# -p: no cache of builds in the image, no comments beside the assemblies.
ENV PUBLISH="dotnet publish --configuration Release --verbosity quiet --output /app -p:PublishDocumentationFiles=false -p:UseSharedCompilation=false"
RUN mkdir /scratch

FROM source AS publish-vector-store
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH services/VectorStore

FROM source AS publish-merger
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH services/Merger

FROM source AS publish-coordinator
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH services/Coordinator

# For one platform, so that libtorch lies beside the program and is there once.
FROM source AS publish-trainer
ARG TORCH=cpu
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH services/Trainer --runtime linux-x64 --no-self-contained -p:Torch=$TORCH

FROM source AS publish-evaluator
ARG TORCH=cpu
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH services/Evaluator --runtime linux-x64 --no-self-contained -p:Torch=$TORCH

# Without libtorch: on a cluster it asks the services. `--build-arg CLI_TORCH=cpu` makes one that trains and evaluates by itself.
FROM source AS publish-graft
ARG CLI_TORCH=none
RUN --mount=type=cache,target=/root/.nuget/packages $PUBLISH clients/Cli --runtime linux-x64 --no-self-contained -p:Torch=$CLI_TORCH

FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor="Graft" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.documentation="k8s/README.md"
# /scratch is where a volume is mounted: temporary files, caches of contents, the command line's own folders. Diagnostics would want
# a socket there too; ASP.NET's own idea of ports gives way to Hosting:Address.
ENV HOME=/scratch TMPDIR=/scratch XDG_CACHE_HOME=/scratch/cache \
    DOTNET_EnableDiagnostics=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 ASPNETCORE_HTTP_PORTS=
COPY --from=source --chown=1654:1654 /scratch /scratch
WORKDIR /app
USER 1654:1654
EXPOSE 8080 9464
STOPSIGNAL SIGTERM

FROM runtime AS vector-store
LABEL org.opencontainers.image.title="graft vector-store" org.opencontainers.image.description="Artifacts, their contents, results and names"
COPY --from=publish-vector-store /app .
ENTRYPOINT ["dotnet", "Graft.VectorStore.dll"]

FROM runtime AS merger
LABEL org.opencontainers.image.title="graft merger" org.opencontainers.image.description="Extracts, merges and compares diff vectors"
COPY --from=publish-merger /app .
ENTRYPOINT ["dotnet", "Graft.Merger.dll"]

FROM runtime AS coordinator
LABEL org.opencontainers.image.title="graft coordinator" org.opencontainers.image.description="Plans runs and drives them"
COPY --from=publish-coordinator /app .
ENTRYPOINT ["dotnet", "Graft.Coordinator.dll"]

# The two that compute with libtorch. NVIDIA's container runtime mounts the driver where these two variables ask for it.
FROM runtime AS compute
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM compute AS trainer
LABEL org.opencontainers.image.title="graft trainer" org.opencontainers.image.description="Pretrains, fine-tunes and trains on"
COPY --from=publish-trainer /app .
ENTRYPOINT ["dotnet", "Graft.Trainer.dll"]

FROM compute AS evaluator
LABEL org.opencontainers.image.title="graft evaluator" org.opencontainers.image.description="Evaluates checkpoints on tasks"
COPY --from=publish-evaluator /app .
ENTRYPOINT ["dotnet", "Graft.Evaluator.dll"]

FROM runtime AS graft
LABEL org.opencontainers.image.title="graft" org.opencontainers.image.description="The command line"
COPY --from=publish-graft /app .
WORKDIR /scratch
ENTRYPOINT ["dotnet", "/app/graft.dll"]
