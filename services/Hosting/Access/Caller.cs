namespace Graft.Hosting.Access;

/// <summary>Who calls, once it is known; a feature of the request.</summary>
/// <param name="Name">For logs and limits: "token alice", "certificate merger.graft.svc", or an IP address where nobody is asked.</param>
/// <param name="Role">Null: known, and allowed nothing.</param>
/// <param name="IsLimited">False on loopback without identities, where all callers are one user.</param>
public sealed record Caller(string Name, Role? Role, bool IsLimited);
