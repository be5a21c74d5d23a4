namespace Graft.Cli.Demo;

/// <summary>How much of the study the demo runs.</summary>
internal enum DemoPreset
{
    /// <summary>Everything.</summary>
    Full,

    /// <summary>Half the fine-tuning steps, continual training of the nearest merges only, neither recurrent merging nor control.</summary>
    Quick,
}
