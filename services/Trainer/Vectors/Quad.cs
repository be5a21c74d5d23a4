namespace Graft.Trainer.Vectors;

/// <summary>Four rows that a loop works on at one time, so that the processor has four sums to get on with while it waits for one.</summary>
internal readonly unsafe struct Quad(float* a, float* b, float* c, float* d)
{
    public const int Count = 4;

    public float* A => a;

    public float* B => b;

    public float* C => c;

    public float* D => d;

    /// <summary>Rows <paramref name="row"/> to row + 3 of a matrix.</summary>
    public static Quad Of(Rows rows, int row) => new(rows[row], rows[row + 1], rows[row + 2], rows[row + 3]);

    /// <summary>Four rows that lie <paramref name="stride"/> apart.</summary>
    public static Quad Of(float* first, int stride) => new(first, first + stride, first + (2L * stride), first + (3L * stride));
}
