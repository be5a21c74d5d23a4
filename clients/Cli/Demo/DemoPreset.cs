namespace Graft.Cli.Demo;

/// <summary>How much of the study the demo runs.</summary>
internal enum DemoPreset
{
    /// <summary>Everything.</summary>
    Full,

    /// <summary>Half the fine-tuning steps, continual training of the nearest merges only, neither recurrent merging nor control.</summary>
    Quick,

    /// <summary>Everything, at a twentieth of the steps and a tenth of the items: shows that the machinery works, and nothing of the study.</summary>
    Smoke,
}
