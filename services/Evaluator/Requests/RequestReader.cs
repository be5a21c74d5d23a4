using Graft.Faults;

namespace Graft.Evaluator.Requests;

/// <summary>The requests of a dataset's files.</summary>
internal static class RequestReader
{
    /// <summary>Documents in the order of their numbers, so that no result depends on the order of the lines.</summary>
    /// <param name="files">Names for messages, and whole contents.</param>
    /// <exception cref="FaultException">Invalid: a line, or a document whose choices do not make a whole; or there is no request.</exception>
    public static IReadOnlyList<ChoiceDocument> LogLikelihood(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        var requests = Lines(files).Select(line => line.ToLogLikelihood());
        return [.. requests.GroupBy(request => request.Document).Select(ChoiceDocument.Of).OrderBy(document => document.Id)];
    }

    /// <summary>Requests in the order of their lines.</summary>
    /// <param name="files">Names for messages, and whole contents.</param>
    /// <exception cref="FaultException">Invalid: a line; or there is no request.</exception>
    public static IReadOnlyList<GenerationRequest> Generation(IEnumerable<(string Name, byte[] Bytes)> files) =>
        [.. Lines(files).Select(line => line.ToGeneration())];

    /// <summary>All lines of the files.</summary>
    /// <exception cref="FaultException">Invalid: a line is no JSON object; or there is none.</exception>
    public static IReadOnlyList<RequestLine> Lines(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        List<RequestLine> lines = [.. files.SelectMany(file => RequestLines.Read(file.Name, file.Bytes))];
        return lines.Count > 0
            ? lines
            : throw FaultException.Invalid("The dataset has no request: one JSON object a line is expected in a .jsonl file.", RequestLine.Field);
    }
}
