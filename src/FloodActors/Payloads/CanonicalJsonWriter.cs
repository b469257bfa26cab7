using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace FloodActors.Payloads;

/// <summary>
/// Takes the tokens of a JSON value one by one and builds its canonical form. Members are written as they
/// come; at the end of an object whose names were not in order, its members are copied into order. Most objects are
/// in order.
/// </summary>
internal sealed class CanonicalJsonWriter(int capacity) : IDisposable
{
    private const int MaxShownName = 60;

    private PooledBuffer _output = new(capacity);

    /// <summary>
    /// The unescaped names of the members of all open objects, end to end: names are ordered by these.
    /// </summary>
    private PooledBuffer _names = new(256);

    private readonly List<Container> _open = [];
    private readonly List<Member> _members = [];
    private bool _afterName;

    /// <summary>The canonical bytes so far. A comma goes before a value, never after it.</summary>
    public ReadOnlySpan<byte> Written => _output.Written;

    /// <summary>The UTF-8 of the whole value when it is a string.</summary>
    public byte[]? RootText { get; private set; }

    public void Begin(bool isObject)
    {
        BeforeValue();
        _output.Add(isObject ? (byte)'{' : (byte)'[');
        _open.Add(new Container(_members.Count, _names.Length, _output.Length, InOrder: true, HasValues: false));
    }

    public void EndArray()
    {
        _open.RemoveAt(_open.Count - 1);
        _output.Add((byte)']');
    }

    /// <summary>Sorts the members. Returns an error when two have the same name.</summary>
    public string? EndObject()
    {
        var ended = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        if (!ended.InOrder && Sort(ended) is { } error)
            return error;
        _members.RemoveRange(ended.FirstMember, _members.Count - ended.FirstMember);
        _names.Truncate(ended.NamesStart);
        _output.Add((byte)'}');
        return null;
    }

    public void Name(ReadOnlySpan<byte> name, bool needsEscapes)
    {
        BeforeValue();
        var nameStart = _names.Length;
        _names.Add(name);
        var added = new Member(nameStart, name.Length, _output.Length, 0);
        if (_members.Count > _open[^1].FirstMember && Compare(_members[^1], added) >= 0)
            _open[^1] = _open[^1] with { InOrder = false };
        _members.Add(added);
        Quoted(name, needsEscapes);
        _output.Add((byte)':');
        _afterName = true;
    }

    public void String(ReadOnlySpan<byte> text, bool needsEscapes, int depth)
    {
        if (depth == 0)
        {
            RootText = text.ToArray();
            return;
        }

        BeforeValue();
        Quoted(text, needsEscapes);
    }

    public void Literal(ReadOnlySpan<byte> literal)
    {
        BeforeValue();
        _output.Add(literal);
    }

    public void Dispose()
    {
        _output.Dispose();
        _names.Dispose();
    }

    private void BeforeValue()
    {
        if (_afterName)
        {
            _afterName = false;
            return;
        }

        if (_open.Count == 0)
            return;
        if (_open[^1].HasValues)
            _output.Add((byte)',');
        else
            _open[^1] = _open[^1] with { HasValues = true };
    }

    private string? Sort(Container ended)
    {
        var members = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_members)[ended.FirstMember..];
        for (var i = 0; i < members.Length; i++)
        {
            // A member ends at the comma before the next one.
            var end = i + 1 < members.Length ? members[i + 1].Start - 1 : _output.Length;
            members[i] = members[i] with { Length = end - members[i].Start };
        }

        members.Sort(Compare);
        for (var i = 1; i < members.Length; i++)
        {
            if (Compare(members[i - 1], members[i]) == 0)
                return $"the name \"{Show(NameOf(members[i]))}\" occurs twice in one object";
        }

        var length = _output.Length - ended.OutputStart;
        var scratch = ArrayPool<byte>.Shared.Rent(length);
        var at = 0;
        foreach (var member in members)
        {
            if (at > 0)
                scratch[at++] = (byte)',';
            _output.Written.Slice(member.Start, member.Length).CopyTo(scratch.AsSpan(at));
            at += member.Length;
        }

        Debug.Assert(at == length, "ordering members changes no sizes");
        _output.Truncate(ended.OutputStart);
        _output.Add(scratch.AsSpan(0, at));
        ArrayPool<byte>.Shared.Return(scratch);
        return null;
    }

    private ReadOnlySpan<byte> NameOf(in Member member) => _names.Written.Slice(member.NameStart, member.NameLength);

    private int Compare(Member left, Member right) => CompareAsUtf16(NameOf(left), NameOf(right));

    /// <summary>
    /// Orders UTF-8 as its UTF-16 code units would be. The two orders differ in one place: characters beyond U+FFFF
    /// (lead bytes F0 and up) are surrogates in UTF-16, and those come before U+E000 to U+FFFF (lead bytes EE and EF).
    /// </summary>
    internal static int CompareAsUtf16(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length - right.Length;
        return Rank(left[common]) - Rank(right[common]);

        static int Rank(byte b) => b is 0xEE or 0xEF ? b + 0x10 : b;
    }

    private void Quoted(ReadOnlySpan<byte> text, bool needsEscapes)
    {
        _output.Add((byte)'"');
        if (needsEscapes)
            Escaped(text);
        else
            _output.Add(text);
        _output.Add((byte)'"');
    }

    /// <summary>
    /// RFC 8785, 3.2.2.2: short escapes where JSON has them, \u00xx in lower case for other control characters,
    /// everything else unchanged.
    /// </summary>
    private void Escaped(ReadOnlySpan<byte> text)
    {
        var plain = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b >= 0x20 && b != '"' && b != '\\')
                continue;
            _output.Add(text[plain..i]);
            plain = i + 1;
            var letter = b switch
            {
                (byte)'"' or (byte)'\\' => b,
                0x08 => (byte)'b',
                0x09 => (byte)'t',
                0x0A => (byte)'n',
                0x0C => (byte)'f',
                0x0D => (byte)'r',
                _ => (byte)0,
            };
            _output.Add((byte)'\\');
            if (letter != 0)
            {
                _output.Add(letter);
                continue;
            }

            _output.Add("u00"u8);
            _output.Add("0123456789abcdef"u8.Slice(b >> 4, 1));
            _output.Add("0123456789abcdef"u8.Slice(b & 0xF, 1));
        }

        _output.Add(text[plain..]);
    }

    private static string Show(ReadOnlySpan<byte> name)
        => Encoding.UTF8.GetString(name[..Math.Min(name.Length, MaxShownName)]);

    private readonly record struct Container(
        int FirstMember, int NamesStart, int OutputStart, bool InOrder, bool HasValues);

    /// <summary>A member of an open object: its unescaped name, and where its canonical bytes are.</summary>
    private readonly record struct Member(int NameStart, int NameLength, int Start, int Length);
}
