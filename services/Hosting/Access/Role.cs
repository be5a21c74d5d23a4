namespace Graft.Hosting.Access;

/// <summary>What a caller may do; each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>Look at everything: artifacts, contents, jobs, runs.</summary>
    Reader = 1,

    /// <summary>Make things as well: write artifacts and names, start and cancel jobs and runs. What services are to each other.</summary>
    Runner = 2,

    /// <summary>Delete what others have made: collect garbage.</summary>
    Admin = 3,
}
