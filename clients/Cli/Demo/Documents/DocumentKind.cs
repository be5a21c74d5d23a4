using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>Writes one document of its kind.</summary>
internal delegate void DocumentKind(World world, Chance chance, Passage passage);
