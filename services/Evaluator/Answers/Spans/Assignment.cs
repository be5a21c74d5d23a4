namespace Graft.Evaluator.Answers.Spans;

/// <summary>The best pairing of rows with columns.</summary>
internal static class Assignment
{
    /// <summary>Largest sum of scores in which no row and no column counts twice: the Hungarian method with potentials (Kuhn, 1955).</summary>
    /// <param name="scores">Rows by columns.</param>
    public static double Best(double[,] scores)
    {
        var (rows, columns) = (scores.GetLength(0), scores.GetLength(1));
        if (rows > columns)
        {
            return Best(Transposed(scores));
        }

        // One-based: row and column 0 stand for "none".
        var (rowPotential, columnPotential) = (new double[rows + 1], new double[columns + 1]);
        var (rowOf, before) = (new int[columns + 1], new int[columns + 1]);
        for (var row = 1; row <= rows; row++)
        {
            rowOf[0] = row;
            var column = 0;
            var least = Enumerable.Repeat(double.PositiveInfinity, columns + 1).ToArray();
            var used = new bool[columns + 1];
            while (rowOf[column] != 0)
            {
                used[column] = true;
                column = Nearest(column);
            }

            for (; column != 0; column = before[column])
            {
                rowOf[column] = rowOf[before[column]];
            }

            int Nearest(int from)
            {
                var (delta, next) = (double.PositiveInfinity, 0);
                for (var j = 1; j <= columns; j++)
                {
                    if (used[j])
                    {
                        continue;
                    }

                    var cost = -scores[rowOf[from] - 1, j - 1] - rowPotential[rowOf[from]] - columnPotential[j];
                    (least[j], before[j]) = cost < least[j] ? (cost, from) : (least[j], before[j]);
                    (delta, next) = least[j] < delta ? (least[j], j) : (delta, next);
                }

                for (var j = 0; j <= columns; j++)
                {
                    rowPotential[rowOf[j]] += used[j] ? delta : 0;
                    columnPotential[j] -= used[j] ? delta : 0;
                    least[j] -= used[j] ? 0 : delta;
                }

                return next;
            }
        }

        return Enumerable.Range(1, columns).Where(j => rowOf[j] > 0).Sum(j => scores[rowOf[j] - 1, j - 1]);
    }

    private static double[,] Transposed(double[,] scores)
    {
        var transposed = new double[scores.GetLength(1), scores.GetLength(0)];
        for (var i = 0; i < scores.GetLength(0); i++)
        {
            for (var j = 0; j < scores.GetLength(1); j++)
            {
                transposed[j, i] = scores[i, j];
            }
        }

        return transposed;
    }
}
