namespace FloodActors.Host.Configuration;

/// <summary>A <c>${path}</c> or <c>${?path}</c> in a HOCON text.</summary>
/// <param name="Path">What it refers to: a setting, or an environment variable.</param>
/// <param name="IsOptional">Whether it may be missing.</param>
/// <param name="Start">The index of its dollar sign.</param>
/// <param name="End">The index after its brace.</param>
internal sealed record HoconReference(string Path, bool IsOptional, int Start, int End)
{
    public override string ToString() => IsOptional ? $"${{?{Path}}}" : $"${{{Path}}}";
}

/// <summary>A list in a HOCON text.</summary>
/// <param name="start">The index of its opening bracket.</param>
internal sealed class HoconList(int start)
{
    public int Start { get; } = start;

    /// <summary>The index after its closing bracket.</summary>
    public int End { get; set; }

    public List<HoconSlot> Elements { get; } = [];
}

/// <summary>A field or a list element: a place in a HOCON text that holds a value.</summary>
/// <param name="path">The path of the field; for a list element, that of the list.</param>
/// <param name="isElement">Whether it is a list element.</param>
/// <param name="start">Where its text begins; for a field, with the key.</param>
internal sealed class HoconSlot(string path, bool isElement, int start)
{
    public string Path { get; } = path;

    public bool IsElement { get; } = isElement;

    public int Start { get; } = start;

    /// <summary>The index after its value.</summary>
    public int End { get; set; }

    /// <summary>The number of pieces in its value, references included.</summary>
    public int Parts { get; set; }

    /// <summary>The references among those pieces. References deeper inside belong to their own slots.</summary>
    public List<HoconReference> References { get; } = [];

    /// <summary>Whether a path leads to this slot, into it, or to something that contains it.</summary>
    public bool Overlaps(string path) => IsWithin(Path, path) || IsWithin(path, Path);

    public static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || path[outer.Length] == '.');
}
