namespace Graft.Modeling.Configuration;

/// <summary>Families of decoders that <see cref="Transformers.Transformer"/> computes.</summary>
public enum ModelArchitecture
{
    /// <summary>Norms after each sublayer, inside the residual; queries and keys normalised over their full width.</summary>
    Olmo2,

    /// <summary>Norms before each sublayer (Llama 2, 3, 3.1, 3.2).</summary>
    Llama,
}
