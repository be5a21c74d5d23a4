namespace Graft.Faults;

/// <summary>
/// What went wrong, as coarse as a caller's reaction to it. Each kind has one gRPC status (see Hosting's fault interceptor and
/// <see cref="FaultException"/>); a kind exists only where the caller would act differently.
/// </summary>
public enum FaultKind
{
    /// <summary>The request is wrong: fix it.</summary>
    Invalid,

    /// <summary>There is no such thing: check the name.</summary>
    NotFound,

    /// <summary>Something else is already there.</summary>
    Exists,

    /// <summary>The state does not allow it: read it again, decide again.</summary>
    Precondition,

    /// <summary>A conditional write was lost to somebody else: read again, retry the step.</summary>
    Conflict,

    /// <summary>Nothing is free: come back later.</summary>
    Exhausted,

    /// <summary>Stored bytes are damaged: stop and tell an operator.</summary>
    Corrupt,

    /// <summary>The server does not know who calls: send a token or a certificate it accepts.</summary>
    Unauthenticated,

    /// <summary>The server knows who calls and does not allow it: have a role granted.</summary>
    PermissionDenied,

    /// <summary>A server does not answer: retry with backoff.</summary>
    Unavailable,

    /// <summary>A bug of ours: report it.</summary>
    Internal,
}
