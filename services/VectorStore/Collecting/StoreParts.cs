using Graft.VectorStore.Contents;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Names;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Results;

namespace Graft.VectorStore.Collecting;

/// <summary>The store as those see it who go through all of it.</summary>
internal sealed record StoreParts(IObjectStore Objects, ContentIndex Contents, ManifestStore Manifests, NameStore Names, ResultStore Results);
