namespace Graft.Cli.Report.Html;

/// <summary>From every score back to what it is made of: evaluation, recipe, model, and so on step by step, each a link to the next.</summary>
internal static class ProvenanceTable
{
    public static Fragment Render(Results results)
    {
        if (results.Run is not { Steps.Count: > 0 } run)
        {
            return Fragment.Empty;
        }

        var numbers = run.Steps.Select((step, index) => (step.Id, index)).ToDictionary(step => step.Id, step => step.index);
        return Fragment.Of(
            $"""
            <details><summary>Every single score with its evaluation, recipe and model</summary>
            <div class="scroll" role="region" tabindex="0" aria-label="Scores and what they were made of">
            <table class="steps">
            <thead><tr><th scope="col">Model</th><th scope="col">Task</th><th scope="col">Score</th><th scope="col">Evaluation</th>
            <th scope="col">Recipe</th><th scope="col">Step</th></tr></thead>
            <tbody>
            {results.Cells.Select(cell => Score(cell, run, numbers)).Join()}</tbody></table></div></details>
            <details><summary>All {run.Steps.Count} steps: what each was made of</summary>
            <div class="scroll" role="region" tabindex="0" aria-label="Steps of the run">
            <table class="steps">
            <caption>graft show tells what is behind a digest, graft lineage everything an artifact came from.</caption>
            <thead><tr><th scope="col">Step</th><th scope="col">State</th><th scope="col">Recipe</th><th scope="col">Artifact</th><th scope="col">Made of</th></tr></thead>
            <tbody>
            {run.Steps.Select((step, index) => Step(step, index, numbers)).Join()}</tbody></table></div></details>
            {Inputs(run)}
            """);
    }

    private static Fragment Score(CellScore cell, RunFacts run, Dictionary<string, int> numbers)
    {
        var metric = Metric.Of(cell.Metric);
        var recipe = numbers.TryGetValue(cell.Step, out var number) ? run.Steps[number].Recipe : null;
        return Fragment.Of(
            $"""
            <tr><th scope="row">{ModelNames.Describe(cell.Cell)}</th><td>{cell.Task}</td><td>{metric.Format(cell.Score.Value)}{metric.Unit}</td>
            <td>{Digest(cell.Score.Evaluation)}</td><td>{Digest(recipe)}</td><td>{Link(cell.Step, numbers)}</td></tr>

            """);
    }

    private static Fragment Step(StepFacts step, int index, Dictionary<string, int> numbers)
    {
        var error = step.Error is null ? Fragment.Empty : Fragment.Of($": {step.Error}");
        return Fragment.Of(
            $"""
            <tr id="step-{index}"><th scope="row">{step.Id}</th><td>{step.State.ToString().ToLowerInvariant()}{error}</td><td>{Digest(step.Recipe)}</td>
            <td>{Digest(step.Artifact)}</td><td>{step.Needs.Select(need => Fragment.Of($"{Link(need, numbers)} ")).Join()}</td></tr>

            """);
    }

    private static Fragment Inputs(RunFacts run) => run.Inputs.Count == 0 ? Fragment.Empty : Fragment.Of(
        $"""
        <details><summary>What the spec was given</summary>
        <table class="steps"><thead><tr><th scope="col">Reference</th><th scope="col">Artifact</th></tr></thead>
        <tbody>
        {run.Inputs.Select(input => Fragment.Of($"<tr><th scope=\"row\">{input.Key}</th><td><code>{input.Value.ToString()}</code></td></tr>\n")).Join()}</tbody></table></details>

        """);

    private static Fragment Link(string step, Dictionary<string, int> numbers) =>
        numbers.TryGetValue(step, out var number) ? Fragment.Of($"<a href=\"#step-{number}\">{step}</a>") : Fragment.Of($"{step}");

    private static Fragment Digest(Artifacts.Digest? digest) =>
        digest is { } known ? Fragment.Of($"<code title=\"{known.ToString()}\">{known.Short}</code>") : Fragment.Verbatim("&ndash;");
}
