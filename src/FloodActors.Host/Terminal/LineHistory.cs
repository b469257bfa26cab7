namespace FloodActors.Host.Terminal;

/// <summary>The lines typed before, the newest last, and where in them the user is.</summary>
internal sealed class LineHistory(int limit)
{
    private readonly List<string> _lines = [];
    private string _draft = "";
    private int _at;

    public void Add(string line)
    {
        if (!string.IsNullOrWhiteSpace(line) && (_lines.Count == 0 || _lines[^1] != line))
        {
            if (_lines.Count == limit) _lines.RemoveAt(0);
            _lines.Add(line);
        }
        _at = _lines.Count;
        _draft = "";
    }

    /// <summary>The line before, or null at the oldest. The line that is being typed is kept for the return.</summary>
    public string? Older(string current)
    {
        if (_at == 0) return null;
        if (_at == _lines.Count) _draft = current;
        return _lines[--_at];
    }

    /// <summary>The line after, or null at the line that is being typed.</summary>
    public string? Newer()
    {
        if (_at == _lines.Count) return null;
        return ++_at == _lines.Count ? _draft : _lines[_at];
    }
}
