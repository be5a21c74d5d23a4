namespace Graft.Trainer.Vectors;

/// <summary>
/// A row-major fp32 matrix [rows, columns] in memory that somebody else owns (a tensor); rows may lie further apart than they are
/// long, so that a slice of columns is one too.
/// </summary>
internal readonly unsafe struct Rows(float* first, int columns, int stride)
{
    public int Columns => columns;

    public float* this[int row] => first + ((long)row * stride);

    /// <summary>Columns from <paramref name="from"/> on.</summary>
    public Rows Slice(int from, int count) => new(first + from, count, stride);

    /// <summary>Rows from <paramref name="row"/> on.</summary>
    public Rows From(int row) => new(first + ((long)row * stride), columns, stride);
}
