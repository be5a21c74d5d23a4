namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// Turns every answer that is not a success into <see cref="S3Refusal"/> before the Minio package sees it: the package makes
/// NullReferenceException and ArgumentNullException of some, and hides the code of others.
/// </summary>
internal sealed class RefusalHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private string _server = "unnamed";

    /// <summary>What the server called itself in its last answer.</summary>
    public string Server => Volatile.Read(ref _server);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.Server.Count > 0)
        {
            Volatile.Write(ref _server, response.Headers.Server.ToString());
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await S3Refusal.ReadAsync(response, cancellationToken);
        }
    }
}
