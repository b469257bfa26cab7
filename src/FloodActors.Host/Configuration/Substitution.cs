using System.Text;
using System.Text.RegularExpressions;

namespace FloodActors.Host.Configuration;

/// <summary>
/// Puts environment variables into a HOCON text, as Akka's documentation describes: <c>${NAME}</c> is the setting
/// with that path in the file, or else the environment variable; with <c>${?NAME}</c>, the field is left out if neither
/// exists. Akka's own parser knows no environment variables, resolves what it does not find to the whole file, and
/// follows a cycle without end; so only references to settings that exist are left to it.
/// </summary>
internal sealed partial class Substitution
{
    private static readonly string[] Marks = ["${", "include", "+="];

    private readonly string _text;
    private readonly Func<string, string?> _environment;
    private readonly IReadOnlyList<HoconSlot> _slots;
    private readonly IReadOnlyList<HoconList> _lists;
    private readonly HashSet<HoconSlot> _absent = [];

    private Substitution(string text, Func<string, string?> environment)
    {
        _text = text;
        _environment = environment;
        (_slots, _lists) = HoconScanner.Scan(text);
    }

    /// <summary>The text with all references resolved but those to its own settings.</summary>
    /// <exception cref="FormatException">A reference leads nowhere or back to itself, or the text includes
    /// another file.</exception>
    public static string Resolve(string text, Func<string, string?> environment)
    {
        // Most files have no references, and need no substitution.
        return Marks.Any(mark => text.Contains(mark, StringComparison.Ordinal)) || EmptyList().IsMatch(text)
            ? new Substitution(text, environment).Resolve()
            : text;
    }

    private string Resolve()
    {
        FindAbsent();
        foreach (var slot in _slots)
            foreach (var reference in slot.References) Check(slot, reference);

        var edits = new List<(int Start, int End, string With)>();
        // Akka's parser mistakes the blank in a list without elements for an element.
        foreach (var list in _lists)
            if (list.Elements.All(_absent.Contains)) edits.Add((list.Start, list.End, "[]"));
        foreach (var slot in _slots)
        {
            if (_absent.Contains(slot)) edits.Add((slot.Start, EndWithComma(slot), ""));
            else edits.AddRange(
                slot.References.Select(reference => (reference.Start, reference.End, Replacement(reference))));
        }
        return Edited(edits);
    }

    /// <summary>Another field may refer to a field that is left out.</summary>
    private void FindAbsent()
    {
        int before;
        do
        {
            before = _absent.Count;
            foreach (var slot in _slots)
                if (slot is { Parts: 1, References: [{ IsOptional: true } only] } && !Exists(only)) _absent.Add(slot);
        }
        while (_absent.Count > before);
    }

    private bool Exists(HoconReference reference) =>
        IsSetting(reference.Path) || _environment(reference.Path) is not null;

    /// <summary>Whether the file has a value at this path, or below it, or a reference that may bring one.</summary>
    private bool IsSetting(string path) =>
        _slots.Any(slot => !slot.IsElement && !_absent.Contains(slot) && Has(slot, path));

    private static bool Has(HoconSlot slot, string path) =>
        HoconSlot.IsWithin(slot.Path, path) || (slot.References.Count > 0 && HoconSlot.IsWithin(path, slot.Path));

    private void Check(HoconSlot slot, HoconReference reference)
    {
        if (!reference.IsOptional && !Exists(reference))
            throw Refused(reference, $"{reference} is neither a setting of this file nor an environment variable.");
        if (IsSetting(reference.Path) && LeadsTo(slot, reference, []))
            throw Refused(reference, $"{reference} leads back to itself.");
    }

    private bool LeadsTo(HoconSlot slot, HoconReference reference, HashSet<HoconSlot> visited)
    {
        foreach (var next in _slots)
        {
            if (!next.Overlaps(reference.Path)) continue;
            if (next == slot) return true;
            if (!visited.Add(next)) continue;
            if (next.References.Any(further => IsSetting(further.Path) && LeadsTo(slot, further, visited))) return true;
        }
        return false;
    }

    private string Replacement(HoconReference reference)
    {
        if (IsSetting(reference.Path)) return $"${{{reference.Path}}}";
        return Quoted(_environment(reference.Path) ?? "");
    }

    /// <summary>Akka's parser mistakes a comma without a value before it for an empty value.</summary>
    private int EndWithComma(HoconSlot slot)
    {
        var next = slot.End;
        while (next < _text.Length && char.IsWhiteSpace(_text[next])) next++;
        return next < _text.Length && _text[next] == ',' ? next + 1 : slot.End;
    }

    /// <summary>Nothing in a variable's value is HOCON.</summary>
    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append($"\\u{(int)c:x4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>A slot that is left out may contain other edits: they are left out with it.</summary>
    private string Edited(List<(int Start, int End, string With)> edits)
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (var (start, end, with) in edits.OrderBy(edit => edit.Start))
        {
            if (start < at) continue;
            result.Append(_text, at, start - at).Append(with);
            at = end;
        }
        return result.Append(_text, at, _text.Length - at).ToString();
    }

    [GeneratedRegex(@"\[\s*(?:(?:#|//)[^\n]*\n\s*)*\]")]
    private static partial Regex EmptyList();

    private FormatException Refused(HoconReference reference, string why) =>
        new($"line {HoconScanner.LineOf(_text, reference.Start)}: {why}");
}
