namespace FloodActors.Host.Configuration;

/// <summary>
/// Finds the fields, list elements and references of a HOCON text, as far as substitution needs them. Akka's parser
/// reads the values; its treatment of text that is not HOCON is not repeated here.
/// </summary>
internal sealed class HoconScanner
{
    private readonly string _text;
    private readonly List<HoconSlot> _slots = [];
    private readonly List<HoconList> _lists = [];
    private int _at;

    private HoconScanner(string text) => _text = text;

    /// <exception cref="FormatException">The text uses something that a node's file must not have.</exception>
    public static (IReadOnlyList<HoconSlot> Slots, IReadOnlyList<HoconList> Lists) Scan(string text)
    {
        var scanner = new HoconScanner(text);
        while (scanner._at < text.Length) scanner.ScanObject("");
        return (scanner._slots, scanner._lists);
    }

    public static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    /// <summary>The index after the quoted text that begins here.</summary>
    public static int EndOfQuoted(string text, int start)
    {
        const string Triple = "\"\"\"";
        if (string.CompareOrdinal(text, start, Triple, 0, 3) == 0)
            return text.IndexOf(Triple, start + 3, StringComparison.Ordinal) is var close and >= 0
                ? close + 3
                : text.Length;
        var end = start + 1;
        while (end < text.Length && text[end] is not ('"' or '\n')) end += text[end] == '\\' ? 2 : 1;
        return Math.Min(end + 1, text.Length);
    }

    /// <summary>Whether a comment begins here.</summary>
    public static bool IsComment(string text, int at) =>
        text[at] == '#' || (text[at] == '/' && at + 1 < text.Length && text[at + 1] == '/');

    private void ScanObject(string path)
    {
        while (true)
        {
            SkipBlank(commas: true);
            if (_at >= _text.Length) return;
            if (_text[_at] == '}')
            {
                _at++;
                return;
            }
            ScanField(path);
        }
    }

    private void ScanField(string path)
    {
        var start = _at;
        var key = ScanKey();
        if (key is null)
        {
            // Akka's parser decides what this is; it may be an object without a key, the one that encloses
            // a whole file.
            if (_at < _text.Length && _text[_at] == '{' && start == _at)
            {
                _at++;
                ScanObject(path);
            }
            else
            {
                _at = Math.Max(_at, start + 1);
            }
            return;
        }
        ScanValue(new HoconSlot(path.Length == 0 ? key : $"{path}.{key}", isElement: false, start));
    }

    /// <summary>The path before a value, and the sign between them; null when there is none.</summary>
    private string? ScanKey()
    {
        var start = _at;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '"') _at = EndOfQuoted(_text, _at);
            else if (c is '=' or ':' or '{') break;
            else if (c is '\n' or ',' or '}' or ']' || IsComment(_text, _at)) return null;
            else _at++;
            if (_at < _text.Length && _text[_at] is '"' or '(' && IsInclude(_text[start.._at]))
                throw Refused(start, "include is not supported: put all settings into one file.");
        }
        if (_at >= _text.Length || _at == start) return null;
        var key = _text[start.._at];
        if (_text[_at] == '=' && key.EndsWith('+')) throw Refused(start, "+= is not supported: write the whole list.");
        if (_text[_at] != '{') _at++;
        return string.Join('.', key.Split('.').Select(part => part.Trim().Trim('"')));
    }

    private static bool IsInclude(string key) =>
        key.Trim() is "include" or "include file" or "include url" or "include classpath" or "include required";

    private void ScanValue(HoconSlot slot)
    {
        _slots.Add(slot);
        SkipBlank(commas: false);
        slot.End = _at;
        while (_at < _text.Length && _text[_at] is not ('\n' or ',' or '}' or ']') && !IsComment(_text, _at))
        {
            if (char.IsWhiteSpace(_text[_at]))
            {
                _at++;
                continue;
            }
            ScanPart(slot);
            slot.Parts++;
            slot.End = _at;
        }
    }

    private void ScanPart(HoconSlot slot)
    {
        switch (_text[_at])
        {
            case '"':
                _at = EndOfQuoted(_text, _at);
                break;
            case '{':
                _at++;
                ScanObject(slot.Path);
                break;
            case '[':
                _at++;
                ScanList(slot.Path);
                break;
            case '$' when _at + 1 < _text.Length && _text[_at + 1] == '{':
                ScanReference(slot);
                break;
            default:
                do _at++;
                while (
                    _at < _text.Length && _text[_at] is not ('$' or '"' or '{' or '}' or '[' or ']' or ',')
                        && !char.IsWhiteSpace(_text[_at])
                        && !IsComment(_text, _at));
                break;
        }
    }

    private void ScanList(string path)
    {
        var list = new HoconList(_at - 1);
        while (true)
        {
            SkipBlank(commas: true);
            if (_at >= _text.Length) return;
            if (_text[_at] == ']')
            {
                list.End = ++_at;
                _lists.Add(list);
                return;
            }
            var element = new HoconSlot(path, isElement: true, _at);
            list.Elements.Add(element);
            ScanValue(element);
            if (_at == element.Start) _at++;
        }
    }

    private void ScanReference(HoconSlot slot)
    {
        var start = _at;
        var close = _text.AsSpan(start).IndexOfAny('}', '\n');
        if (close < 0 || _text[start + close] != '}') throw Refused(start, "${ has no closing brace.");
        _at = start + close + 1;
        var isOptional = _text[start + 2] == '?';
        var path = _text[(start + (isOptional ? 3 : 2))..(_at - 1)].Trim();
        if (path.Length == 0) throw Refused(start, $"{_text[start.._at]} names nothing.");
        slot.References.Add(new HoconReference(path, isOptional, start, _at));
    }

    private void SkipBlank(bool commas)
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at]) || (commas && _text[_at] == ',')) _at++;
            else if (IsComment(_text, _at)) _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
            else return;
        }
    }

    private FormatException Refused(int at, string why) => new($"line {LineOf(_text, at)}: {why}");
}
