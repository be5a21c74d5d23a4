using System.Runtime.InteropServices;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Graft.Trainer.Datasets;

/// <summary>A column of texts.</summary>
/// <param name="Field">As the library knows it.</param>
/// <param name="ElementLevel">Definition level from which there is an element, be it a null: 0 outside of lists.</param>
internal readonly record struct TextField(DataField Field, int ElementLevel);

/// <summary>
/// The texts of one column in one row group, by row: one each, or several where the column is inside a list (Dremel's levels:
/// a repetition level of 0 begins a row, a definition level below the highest is a null at some height).
/// </summary>
internal sealed class TextColumn
{
    private readonly List<string?> _values = [];
    private readonly List<int> _begins = [];

    /// <summary>Rows.</summary>
    public int Count => _begins.Count;

    public static async Task<TextColumn> ReadAsync(ParquetRowGroupReader group, TextField column, CancellationToken cancellationToken)
    {
        var field = column.Field;
        using var data = (RawColumnData<ReadOnlyMemory<char>>)await group.ReadRawColumnDataBaseAsync(field, cancellationToken);
        var entries = group.GetMetadata(field)?.MetaData?.NumValues ?? throw new InvalidDataException($"no metadata of the column {field.Path}");
        return new TextColumn(data, column, checked((int)entries));
    }

    private TextColumn(RawColumnData<ReadOnlyMemory<char>> data, TextField column, int entries)
    {
        var (field, next) = (column.Field, 0);
        for (var i = 0; i < entries; i++)
        {
            var defined = field.MaxDefinitionLevel == 0 ? 0 : data.DefinitionLevels[i];
            if (field.MaxRepetitionLevel == 0 || data.RepetitionLevels[i] == 0)
            {
                _begins.Add(_values.Count);
            }

            if (defined == field.MaxDefinitionLevel)
            {
                _values.Add(data.Values[next++].ToString());
            }
            else if (defined >= column.ElementLevel)
            {
                _values.Add(null);
            }
        }
    }

    /// <summary>The texts of a row; null where the file has a null. A list that is empty or null has none.</summary>
    public ReadOnlySpan<string?> Values(int row)
    {
        var end = row + 1 < _begins.Count ? _begins[row + 1] : _values.Count;
        return CollectionsMarshal.AsSpan(_values)[_begins[row]..end];
    }
}
