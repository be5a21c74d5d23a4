namespace Graft.Cli.Demo;

/// <summary>What the demo's run takes.</summary>
internal enum DemoInput
{
    Blueprint,
    Stage1,
    Stage2,
    Training,
    Test,
    Facts,
}
