namespace Graft.Cli.Demo.Language;

/// <summary>UTF-8 that grows.</summary>
internal sealed class TextBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Add(ReadOnlySpan<byte> text)
    {
        if (_bytes.Length - Length < text.Length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + text.Length));
        }

        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
    }
}
